"""Generates TOML documents in every shape that people write them in."""

from __future__ import annotations

from hypothesis import strategies as st

ENDINGS = st.sampled_from(["\n", "\n", "\n", "\r\n"])
SPACE = st.sampled_from(["", " ", "  ", "\t"])
COMMENTS = st.sampled_from(["", "", " # a comment", '  # with = and [x] and "', "\t#"])
FILLERS = st.sampled_from(["", "", "# a comment", "   ", "  # [no.table]", "# k0 = 1"])

SCALARS = st.sampled_from(
    [
        *("1", "+7", "-1_000", "0x1E", "0o17", "0b1", "1.5", "-2e-3", "6.26e2", "inf", "nan"),
        *("true", "false", '"text"', "'lit\\eral'", '"a \\" quote # no comment"', '""', "''"),
        *("1979-05-27T07:32:00Z", "1979-05-27 07:32:00.999", "1979-05-27", "07:32:00"),
        *('"""\nmany\n""lines # =\n"""', "'''\nraw ] } =\n'''", '"""four quotes""""', '"\\u00e4"'),
    ]
)
HEADERS = st.sampled_from(["[t{0}]", "[s.t{0}]", "[ s . 'q u' .t{0} ]", "[[a]]", "[[s.b]]"])
INLINE_KEYS = st.sampled_from(["a", "b-1", '"c d"', "'e.f'", "g.h", "1"])


def _arrays(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joints = st.sampled_from([", ", ",", " ,\n  ", ", # why\n"])
    return st.builds(
        lambda items, joint, end: f"[{joint.join(items)}{end if items else ''}]",
        st.lists(inner, max_size=3),
        joints,
        st.sampled_from(["", " ", ",", ",\n"]),
    )


def _tables(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.dictionaries(INLINE_KEYS, inner, max_size=3)
    return pairs.map(
        lambda pairs: (
            f"{{ {', '.join(f'{k} = {v}' for k, v in pairs.items())} }}" if pairs else "{}"
        )
    )


VALUES = st.recursive(SCALARS, lambda inner: _arrays(inner) | _tables(inner), max_leaves=5)


@st.composite
def _pairs(draw: st.DrawFn, first: int) -> list[str]:
    """Lines of one section; every key is new, some are dotted, some lines are no pairs."""
    lines = []
    for number in range(first, first + draw(st.integers(0, 4))):
        key = draw(st.sampled_from(["k{0}", "k-{0}", '"k {0}"', "'k.{0}'", "d.k{0}", "d . e.k{0}"]))
        pair = f"{key.format(number)}{draw(SPACE)}={draw(SPACE)}{draw(VALUES)}"
        lines.append(f"{draw(SPACE)}{pair}{draw(COMMENTS)}")
        lines += draw(st.lists(FILLERS, max_size=2))
    return lines


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Return a valid document: root keys, tables, sub-tables, arrays of tables, out of order."""
    lines = draw(st.lists(FILLERS, max_size=2)) + draw(_pairs(0))
    for number in range(draw(st.integers(0, 4))):
        kind = draw(
            st.sampled_from(["[t{0}]", "[s.t{0}]", "[ s . 'q u' .t{0} ]", "[[a]]", "[[s.b]]"])
        )
        lines.append(f"{draw(SPACE)}{kind.format(number)}{draw(COMMENTS)}")
        lines += draw(st.lists(FILLERS, max_size=2)) + draw(_pairs(10 * (number + 1)))
        if kind == "[[a]]" and draw(st.booleans()):
            lines += [f"[a.sub{number}]", *draw(_pairs(10 * (number + 1) + 5))]
    ending = draw(ENDINGS)
    text = "".join(line + draw(st.sampled_from([ending, ending, "\n"])) for line in lines)
    return text if draw(st.booleans()) else text.rstrip("\r\n")
