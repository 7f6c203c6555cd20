"""The workshop app as real processes on 127.0.0.1, used as students and as others use it."""

from __future__ import annotations

import asyncio
import io
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

pytest.importorskip("starlette", reason="pip install '.[examples]'")
pytest.importorskip("uvicorn", reason="pip install '.[examples]'")

import aiohttp
from PIL import Image

from examples.workshop_app.client import AnswerError, Student, open_session, photo
from examples.workshop_app.pictures import BadPictureError, look_at
from tests.examples.servers import free_port, get_json, run, serving

pytestmark = [pytest.mark.anyio, pytest.mark.no_cover]

PICTURE = photo(60_000)


@contextmanager
def workshop(folder: Path, *words: str, sessions: int = 24, **more: str) -> Iterator[str]:
    more = {"MAX_CONCURRENT_SESSIONS": str(sessions), "WORKSHOP_LOG": "warning", **more}
    words = ("--simulate", "latency=0.05,spread=0", *words)
    with serving(folder, "-m", "examples.workshop_app", *words, **more) as base_url:
        yield base_url


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two workers, and seats for 24."""
    with workshop(tmp_path_factory.mktemp("house"), "--workers", "2") as base_url:
        yield base_url


async def answer_to(call) -> tuple[int, str]:
    try:
        await call
    except AnswerError as error:
        return error.status, error.reason
    return 200, ""


def workers_of(base_url: str) -> list[psutil.Process]:
    port = int(base_url.rpartition(":")[2])
    me = psutil.Process()
    return [
        each
        for each in me.children(recursive=True)
        if "examples.workshop_app.worker" in each.cmdline()
        and any(c.laddr.port == port for c in each.net_connections("tcp") if c.laddr)
    ]


async def test_a_student_joins_uploads_gets_a_caption_and_leaves(house: str):
    async with Student(house) as anna:
        await anna.join()
        number = await anna.upload(PICTURE)
        said = await anna.caption(number)
        me = await anna.ask("GET", "/api/me")
        assert me["pictures"][0]["caption"] == said != ""
        assert me["slow_mode"] is False
        before = get_json(f"{house}/healthz")["sessions"]
        await anna.leave()
        assert get_json(f"{house}/healthz")["sessions"] == before - 1
        assert await answer_to(anna.ask("GET", "/api/me")) == (401, "no_session")


async def test_a_picture_comes_back_as_it_went_and_as_a_small_one(house: str):
    async with Student(house) as anna:
        await anna.join()
        number = await anna.upload(PICTURE)
        async with anna._session.get(f"/pictures/{number}") as whole:
            assert await whole.read() == PICTURE
            assert whole.headers["Content-Type"] == "image/jpeg"
            assert whole.headers["X-Content-Type-Options"] == "nosniff"
        async with anna._session.get(f"/pictures/{number}/thumbnail") as small:
            assert max(Image.open(io.BytesIO(await small.read())).size) <= 320
        await anna.leave()


async def test_nobody_sees_the_pictures_of_another(house: str):
    async with Student(house) as anna, Student(house) as ben, Student(house) as stranger:
        await anna.join()
        await ben.join()
        await anna.upload(PICTURE)
        assert await answer_to(ben.ask("GET", "/pictures/0")) == (404, "unknown")
        assert await answer_to(ben.caption(0)) == (404, "unknown")
        assert await answer_to(stranger.ask("GET", "/pictures/0")) == (401, "no_session")
        assert await answer_to(stranger.upload(PICTURE)) == (401, "no_session")
        await anna.leave()
        await ben.leave()


async def test_ids_are_long_unlike_and_worthless_when_changed(house: str):
    found = set()
    for _ in range(4):
        async with Student(house) as anna:
            await anna.join()
            cookie = next(iter(anna._session.cookie_jar))
            assert cookie["httponly"]
            assert cookie["samesite"] == "strict"
            found.add(cookie.value)
            secret = cookie.value.partition(".")[2]
            assert len(secret) >= 43
            for stolen in (f"0.{secret[:-1]}", secret, f"7.{secret}", "../0.x", "0.", "9" * 5000):
                async with aiohttp.ClientSession(headers={"X-Workshop": "1"}) as thief:
                    cookies = {"Cookie": f"workshop_session={stolen}"}
                    async with thief.get(f"{house}/api/me", headers=cookies) as answer:
                        assert answer.status in {400, 401}
            await anna.leave()
    assert len(found) == 4


async def test_another_site_cannot_act_for_a_student(house: str):
    async with Student(house) as anna, aiohttp.ClientSession() as form:
        await anna.join()
        jar = {"Cookie": f"workshop_session={next(iter(anna._session.cookie_jar)).value}"}
        async with form.post(f"{house}/api/leave", headers=jar) as refused:
            assert refused.status == 403  # a form cannot send the header
        assert (await anna.ask("GET", "/api/me"))["pictures"] == []
        await anna.leave()


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/pictures/..%2f..%2fetc%2fpasswd",
        "/pictures/-1",
        "/pictures/99999999999999999999",
    ],
)
async def test_path_tricks_lead_nowhere(house: str, path: str):
    from yarl import URL

    async with Student(house) as anna:
        await anna.join()
        async with anna._session.get(URL(house + path, encoded=True)) as answer:
            assert answer.status == 404
        await anna.leave()


def bomb() -> bytes:
    """A PNG of 100,000 x 100,000 pixels in a few bytes."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return _png(head, zlib.compress(b"\0" * 1000))


def text_bomb() -> bytes:
    """A small PNG with a text that unpacks to 200 MB."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"a" * 200_000_000, 1)
    return _png(head, zlib.compress(b"\0\0\0\0"), (b"zTXt", b"Comment\0\0" + packed))


def _png(head: bytes, body: bytes, *more: tuple[bytes, bytes]) -> bytes:
    chunks = ((b"IHDR", head), *more, (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(words)) + name + words + struct.pack(">I", zlib.crc32(name + words))
        for name, words in chunks
    )


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.cookie)</script></svg>'


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (lambda: b"", 415),
        (lambda: b"%PDF-1.7 not a picture", 415),
        (lambda: SVG, 415),
        (lambda: b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", 415),
        (lambda: PICTURE[:20_000], 422),
        (bomb, 413),
        (text_bomb, 422),
    ],
    ids=["empty", "pdf", "svg with a script", "gif", "truncated", "bomb", "text bomb"],
)
async def test_hostile_uploads_get_a_clear_answer(
    house: str, made: Callable[[], bytes], status: int
):
    async with Student(house) as anna:
        await anna.join()
        with pytest.raises(AnswerError, match=r"[a-z]{3}.*[.!]$") as refused:
            await anna.upload(made())
        assert (refused.value.status, refused.value.reason) == (status, "picture")
        assert (await anna.ask("GET", "/api/me"))["pictures"] == []
        await anna.leave()


def kinds_of_pictures() -> dict[str, bytes]:
    grey = Image.effect_noise((400, 300), 60)
    colours = grey.convert("RGB")
    more = {"save_all": True, "append_images": [colours.rotate(90)]}
    return {
        "several in one, as phones make": saved(colours, "MPO", **more),
        "for print": saved(colours.convert("CMYK"), "JPEG"),
        "grey": saved(grey, "JPEG"),
        "progressive": saved(colours, "JPEG", progressive=True),
        "palette": saved(colours.quantize(16), "PNG", transparency=3),
        "black and white": saved(grey.convert("1"), "PNG"),
        "16 bits": saved(Image.new("I;16", (400, 300), 30_000), "PNG"),
        "moving png": saved(colours, "PNG", **more),
        "moving webp": saved(colours, "WEBP", **more),
        "with alpha": saved(colours.convert("RGBA"), "WEBP"),
    }


def saved(image: Image.Image, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def test_pictures_of_every_kind_are_taken():
    for kind, original in kinds_of_pictures().items():
        found = look_at(original)
        assert found.content_type in {"image/jpeg", "image/png", "image/webp"}, kind
        assert (found.width, found.height) == (400, 300), kind
        assert Image.open(io.BytesIO(found.preview)).format == "JPEG", kind


@pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO:UserWarning")
def test_a_picture_with_broken_bytes_is_taken_or_refused_and_nothing_else():
    chance = random.Random(1)
    kinds = list(kinds_of_pictures().values())
    taken, refused = 0, 0
    for _ in range(300):
        broken = bytearray(chance.choice(kinds))
        for _ in range(chance.randint(1, 8)):
            end = chance.choice((60, 400, len(broken)))
            broken[chance.randrange(min(len(broken), end))] = chance.randrange(256)
        try:
            look_at(bytes(broken))
        except BadPictureError:
            refused += 1
        else:
            taken += 1
    assert taken > 10
    assert refused > 10


async def test_a_hundred_megabytes_are_refused_and_never_held(house: str):
    async def endless():
        for _ in range(1000):
            yield b"x" * 100_000

    workers = workers_of(house)
    before = sum(each.memory_info().rss for each in workers)
    async with Student(house) as anna:
        await anna.join()
        for body in (
            io.BytesIO(b"x" * 100_000_000),
            endless(),
        ):  # with a length, and in pieces without one
            assert await answer_to(anna.upload(body)) == (413, "picture")
        await anna.leave()
    grown = sum(each.memory_info().rss for each in workers) - before
    assert len(workers) == 2
    assert grown < 70_000_000


async def test_two_hundred_at_once_get_a_seat_or_a_clear_no_and_the_seats_are_exact(house: str):
    assert get_json(f"{house}/healthz")["sessions"] == 0

    async def visit(student: Student) -> tuple[int, str]:
        found = await answer_to(student.join())
        if found[0] == 200:
            await student.upload(PICTURE)
            await student.caption(0)
        return found

    students = [await Student(house).__aenter__() for _ in range(200)]
    try:
        found = await asyncio.gather(*(visit(each) for each in students))
        assert found.count((200, "")) == 24
        assert found.count((503, "full")) == 176
        assert get_json(f"{house}/healthz")["sessions"] == 24
    finally:
        await asyncio.gather(*(answer_to(each.leave()) for each in students))
        for each in students:
            await each.__aexit__()
    assert get_json(f"{house}/healthz")["sessions"] == 0


async def test_a_browser_sees_pages(house: str, tmp_path: Path):
    headers = {"Accept": "text/html,*/*"}
    async with aiohttp.ClientSession(
        headers=headers, cookie_jar=aiohttp.CookieJar(unsafe=True)
    ) as browser:
        async with browser.get(house) as door:
            assert "Join the workshop" in await door.text()
        async with browser.post(f"{house}/join") as joined:
            assert joined.status == 200
            page = await joined.text()
        assert 'id="slow"' in page
        assert 'data-max-bytes="20000000"' in page
        async with browser.post(f"{house}/api/leave", headers={"X-Workshop": "1"}) as left:
            assert left.status == 200


async def test_a_full_house_is_friendly_to_people_and_exact_for_programs(tmp_path: Path):
    with workshop(tmp_path, sessions=1) as base_url:
        async with Student(base_url) as anna, aiohttp.ClientSession() as others:
            await anna.join()
            await anna.join()  # again is no second seat
            async with others.post(f"{base_url}/join") as program:
                assert (program.status, program.headers["Retry-After"]) == (503, "60")
                assert (await program.json())["reason"] == "full"
            headers = {"Accept": "text/html"}
            async with others.post(f"{base_url}/join", headers=headers) as person:
                assert (person.status, person.headers["Retry-After"]) == (503, "60")
                assert "The workshop is full" in await person.text()


async def test_slow_mode_starts_as_the_config_says_and_waits_before_a_call(tmp_path: Path):
    slow = {"SLOW_MODE_DEFAULT": "true", "SLOW_MODE_DELAY_SECONDS": "2"}
    with workshop(tmp_path, **slow) as base_url:
        async with Student(base_url) as anna:
            await anna.join()
            assert (await anna.ask("GET", "/api/me"))["slow_mode"] is True
            await anna.upload(PICTURE)
            waits = []
            for _ in range(2):
                began = time.monotonic()
                both = await asyncio.gather(answer_to(anna.caption(0)), answer_to(anna.caption(0)))
                waits.append(time.monotonic() - began)
                assert sorted(both) == [(200, ""), (409, "calling")]
                await anna.ask("PUT", "/api/slow-mode/off")
            assert waits[0] > max(2.0, waits[1] + 1.0)


async def test_a_rate_limit_is_passed_on_with_the_time_to_wait(tmp_path: Path):
    with workshop(tmp_path, "--simulate", "rpm=1,latency=0.05") as base_url:
        async with Student(base_url) as anna:
            await anna.join()
            await anna.upload(PICTURE)
            await anna.caption(0)
            with pytest.raises(AnswerError) as refused:
                await anna.caption(0)
            assert (refused.value.status, refused.value.reason) == (429, "rate_limit")
            assert 1 <= refused.value.wait_seconds <= 62


async def test_more_calls_than_places_are_told_to_come_back(tmp_path: Path):
    with workshop(tmp_path, "--simulate", "latency=0.5", WORKSHOP_PLACES="2") as base_url:
        students = [await open_small_session(base_url) for _ in range(4)]
        found = await asyncio.gather(*(answer_to(each.caption(0)) for each in students))
        assert sorted(found) == [(200, "")] * 2 + [(503, "busy")] * 2
        for each in students:
            await each.__aexit__()


async def open_small_session(base_url: str) -> Student:
    student = await Student(base_url).__aenter__()
    await student.join()
    await student.upload(PICTURE)
    return student


async def test_a_session_ends_with_its_worker_and_its_seat_is_free_again(tmp_path: Path):
    async with AsyncExitStack() as stack:
        base_url = stack.enter_context(workshop(tmp_path, "--workers", "2", sessions=60))
        students: dict[str, list[Student]] = {"0": [], "1": []}
        while not all(students.values()):  # the kernel decides whose guest one is
            guest = await stack.enter_async_context(Student(base_url))
            await guest.join()
            students[next(iter(guest._session.cookie_jar)).value[0]].append(guest)
        victim = next(
            each for each in workers_of(base_url) if each.environ()["WORKSHOP_WORKER"] == "0"
        )
        os.kill(victim.pid, signal.SIGKILL)
        left = len(students["1"])
        await _until(lambda: get_json(f"{base_url}/healthz")["sessions"] == left)
        for owner, expected in (("0", (401, "no_session")), ("1", (200, ""))):
            for guest in students[owner]:
                assert await answer_to(guest.ask("GET", "/api/me")) == expected


async def _until(holds, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if await asyncio.to_thread(holds):
                return
        except OSError:  # a connection that the victim had taken
            pass
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_a_killed_server_leaves_no_worker(tmp_path: Path):
    with workshop(tmp_path) as base_url:
        (worker,) = workers_of(base_url)
        emulator = [each for each in worker.parent().children() if each.pid != worker.pid]
        os.kill(worker.parent().pid, signal.SIGKILL)
        gone, alive = psutil.wait_procs([worker, *emulator], timeout=10)
        assert not alive
        assert len(gone) == 2


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with redis_at(free_port(), tmp_path) as url:
        yield url


@contextmanager
def redis_at(port: int, folder: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server on this machine")
    pytest.importorskip("redis", reason="pip install '.[examples]'")
    words = [program, "--port", str(port), "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([*words, "--maxmemory", "30mb"], stdout=subprocess.DEVNULL)
    time.sleep(0.3)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


async def test_with_redis_sessions_outlive_the_server(tmp_path: Path, redis_url: str):
    with workshop(tmp_path, "--workers", "2", sessions=2, REDIS_URL=redis_url) as base_url:
        anna, ben = [await open_small_session(base_url) for _ in range(2)]
        said = await anna.caption(0)
        async with Student(base_url) as third:
            assert await answer_to(third.join()) == (503, "full")
        await ben.leave()
        cookie = next(iter(anna._session.cookie_jar)).value
        await anna.__aexit__()
        await ben.__aexit__()
    with workshop(tmp_path, sessions=2, REDIS_URL=redis_url) as base_url:
        async with Student(base_url) as anna:
            anna._session.cookie_jar.update_cookies({"workshop_session": cookie})
            me = await anna.ask("GET", "/api/me")
            assert [picture["caption"] for picture in me["pictures"]] == [said]
            async with anna._session.get("/pictures/0") as whole:
                assert await whole.read() == PICTURE
            assert (await anna.ask("PUT", "/api/slow-mode/on"))["slow_mode"] is True
            assert (await anna.ask("GET", "/api/me"))["slow_mode"] is True
            assert await answer_to(anna.ask("GET", "/pictures/5")) == (404, "unknown")


async def test_a_full_redis_refuses_pictures_and_lives(tmp_path: Path, redis_url: str):
    with workshop(tmp_path, REDIS_URL=redis_url) as base_url:
        async with Student(base_url) as anna:
            await anna.join()
            found = [await answer_to(anna.upload(photo(3_000_000))) for _ in range(12)]
            assert found[0] == (200, "")
            assert found[-1] == (503, "no_room")
            assert len((await anna.ask("GET", "/api/me"))["pictures"]) == found.count((200, ""))
            await anna.leave()
            await anna.join()
            assert await answer_to(anna.upload(PICTURE)) == (200, "")


async def test_while_redis_is_away_everybody_is_told_to_wait_and_then_it_goes_on(tmp_path: Path):
    port = free_port()
    with ExitStack() as stack:
        with redis_at(port, tmp_path) as url:
            base_url = stack.enter_context(workshop(tmp_path, REDIS_URL=url))
            async with Student(base_url) as anna:
                await anna.join()
        async with Student(base_url) as ben, aiohttp.ClientSession() as others:
            assert await answer_to(ben.join()) == (503, "store")
            async with others.get(base_url, headers={"Accept": "text/html"}) as person:
                assert (person.status, person.headers["Retry-After"]) == (503, "5")
                assert "One moment" in await person.text()
            async with others.get(f"{base_url}/healthz") as probe:
                assert probe.status == 503
            with redis_at(port, tmp_path):
                assert await answer_to(ben.join()) == (200, "")


async def test_a_session_has_room_for_so_many_pictures(tmp_path: Path):
    with workshop(tmp_path, WORKSHOP_MAX_PICTURES="1", WORKSHOP_KEEP="decoded") as base_url:
        student = await open_small_session(base_url)
        assert await answer_to(student.upload(PICTURE)) == (409, "too_many")
        async with student._session.get("/pictures/0") as whole:
            found = Image.open(io.BytesIO(await whole.read()))
        assert found.size == Image.open(io.BytesIO(PICTURE)).size
        await student.__aexit__()


def test_the_startup_check_stands_in_the_log_and_at_healthz(tmp_path: Path):
    with workshop(tmp_path, WORKSHOP_LOG="info") as base_url:
        found = get_json(f"{base_url}/healthz")
        assert found["check"] == "never_tuned"
        assert found["max_concurrent_sessions"] == 24
    log = (tmp_path / "server.log").read_text()
    assert re.search(r"stresstune: .*workshop.toml is never_tuned", log)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"MAX_CONCURRENT_SESSIONS": "lots"}, "MAX_CONCURRENT_SESSIONS"),
        ({"WORKSHOP_KEEP": "raw"}, "encoded or decoded"),
        ({"WORKSHOP_PLACES": "-1"}, "whole number"),
    ],
)
def test_a_server_that_cannot_start_says_why_and_ends(
    tmp_path: Path, more: dict[str, str], said: str
):
    words = ("-m", "examples.workshop_app", "--port", str(free_port()))
    code, _, error = run(tmp_path, *words, seconds=30, **more)
    assert code == 2
    assert said in error


async def test_a_program_opens_sessions_for_the_memory_probe(
    house: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WORKSHOP_CLASS_PICTURES", "2")
    monkeypatch.setenv("WORKSHOP_CLASS_PICTURE_BYTES", "100000")
    student = await open_session(house)
    assert len((await student.ask("GET", "/api/me"))["pictures"]) == 2
    await student.leave()
    await student.__aexit__()
