"""A profile of one's own, from options: ``free``, ``rpm=60,window=sliding``, ``tier1,latency=5``.

One table says for each option where in the profile it belongs; text and keywords go the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec

from stresstune.emulator.presets import PROFILES
from stresstune.emulator.profile import ONE_PROJECT, FaultName, Profile
from stresstune.errors import UsageError
from stresstune.model.record import Record, annotations_of

Section = Literal["quotas", "pace", "errors", "faults", "profile"]
OptionValue = str | float | bool | Sequence[str] | None

_OPTIONS: dict[str, tuple[Section, str]] = {
    "rpm": ("quotas", "requests_per_minute"),
    "tpm": ("quotas", "tokens_per_minute"),
    "ipm": ("quotas", "images_per_minute"),
    "rpd": ("quotas", "requests_per_day"),
    "concurrency": ("quotas", "concurrency"),
    "concurrency_status": ("quotas", "concurrency_status"),
    "places": ("quotas", "places"),
    "queue": ("quotas", "queue"),
    "window": ("quotas", "window"),
    "burst": ("quotas", "burst"),
    "phase": ("quotas", "phase_seconds"),
    "used": ("quotas", "used_ratio"),
    "rejected_count": ("quotas", "rejected_count"),
    "latency": ("pace", "median_seconds"),
    "spread": ("pace", "sigma"),
    "metadata": ("pace", "metadata_seconds"),
    "refusal": ("errors", "refusal"),
    "delays": ("errors", "delays"),
    "tier": ("errors", "tier"),
    "overload": ("errors", "overload_ratio"),
    "internal": ("errors", "internal_ratio"),
    "billing": ("errors", "billing"),
    **{fault: ("faults", fault) for fault in get_args(FaultName)},
    "min_deadline": ("profile", "min_deadline_seconds"),
    "image_bytes": ("profile", "image_bytes"),
    "time_scale": ("profile", "time_scale"),
    "seed": ("profile", "seed"),
}

OPTIONS = (*_OPTIONS, "model", "keys")
"""Every option, by the name that it has in text and as a keyword."""


def parse_profile(text: str = "free") -> Profile:
    """Read a profile: a name, options, or a name and options, with commas between.

    Options without a name start from a service without any limit.

    Args:
        text: ``free``, ``rpm=60,concurrency=8`` or ``tier1,latency=5``.

    Raises:
        UsageError: There is no such profile or option, or a value is not possible.

    >>> parse_profile("free").quotas_for("gemini-2.5-flash").requests_per_minute
    10
    >>> parse_profile("rpm=60,window=sliding").truth()[0].window
    'sliding'
    """
    name, options = None, {}
    for index, part in enumerate(filter(None, map(str.strip, text.split(",")))):
        option, equals, value = part.partition("=")
        if not equals and index == 0:
            name = option
        elif not equals:
            raise UsageError(f"{part!r} in the profile {text!r} is no option: write it NAME=VALUE")
        else:
            options[option.strip().replace("-", "_")] = value.strip()
    return tailor(name, **options)


def tailor(base: Profile | str | None = None, **options: OptionValue) -> Profile:
    """Change a profile by options.

    Args:
        base: A profile, the name of one, or None for a service without any limit.
        options: By the names in ``OPTIONS``; None leaves things as they are. Quotas are changed for
            every model. ``model`` makes it the only model that there is; one that the profile
            does not know gets the quotas of its last row. ``keys`` are the only ones that are
            good, each ``KEY`` or ``KEY@PROJECT``.

    Raises:
        UsageError: There is no such profile or option, or a value is not possible.

    >>> tailor("free", rpm=60, model="gemini-2.5-pro").models.keys()
    dict_keys(['gemini-2.5-pro'])
    """
    profile = base if isinstance(base, Profile) else _named(base)
    given = {name: value for name, value in options.items() if value is not None}
    if not given:
        return profile
    profile = _with_model(profile, given.pop("model", None))
    profile = _with_keys(profile, given.pop("keys", ()))
    changes: defaultdict[Section, dict[str, Any]] = defaultdict(dict)
    for name, value in given.items():
        if name not in _OPTIONS:
            raise UsageError(f"{name!r} is no option of a profile: they are {', '.join(OPTIONS)}")
        section, field = _OPTIONS[name]
        changes[section][field] = _converted(name, value, _record(profile, section), field)
    return _changed(profile, changes)


def _named(name: str | None) -> Profile:
    if name is None:
        return Profile()
    if name not in PROFILES:
        raise UsageError(
            f"there is no profile {name!r}: they are {', '.join(PROFILES)}, "
            "or options such as rpm=60,latency=1.5"
        )
    return PROFILES[name]


def _with_model(profile: Profile, model: object) -> Profile:
    if model is None:
        return profile
    *_, others = profile.models.values()
    quotas = profile.quotas_for(str(model)) or others
    return msgspec.structs.replace(profile, models={str(model): quotas})


def _with_keys(profile: Profile, keys: object) -> Profile:
    listed = [keys] if isinstance(keys, str) else list(keys) if isinstance(keys, Sequence) else []
    if not listed:
        return profile
    pairs = (str(key).partition("@") for key in listed)
    projects = {key: project or ONE_PROJECT for key, _, project in pairs}
    return msgspec.structs.replace(profile, keys=projects)


def _record(profile: Profile, section: Section) -> Record:
    if section == "quotas":
        return next(iter(profile.models.values()))
    record: Record = profile if section == "profile" else getattr(profile, section)
    return record


def _converted(name: str, value: object, record: Record, field: str) -> object:
    try:
        return msgspec.convert(value, annotations_of(type(record))[field], strict=False)
    except msgspec.ValidationError as error:
        why = "it must be a whole number, or none" if "`int" in str(error) else str(error)
        raise UsageError(f"{name}={value} is not possible: {why}") from None


def _changed(profile: Profile, changes: dict[Section, dict[str, Any]]) -> Profile:
    replace = msgspec.structs.replace
    try:
        models = {
            model: replace(quotas, **changes.get("quotas", {}))
            for model, quotas in profile.models.items()
        }
        return replace(
            profile,
            name=f"{profile.name} (tailored)" if profile.name in PROFILES else profile.name,
            models=models,
            pace=replace(profile.pace, **changes.get("pace", {})),
            errors=replace(profile.errors, **changes.get("errors", {})),
            faults=replace(profile.faults, **changes.get("faults", {})),
            **changes.get("profile", {}),
        )
    except ValueError as error:
        raise UsageError(f"that profile is not possible: {error}") from None
