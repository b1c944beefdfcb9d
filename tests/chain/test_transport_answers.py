"""Answers that are too large, of the wrong form, or to another question: refused in one sentence, at bounded cost."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from chain.errors import LedgerError
from chain.transport import MAX_ANSWER, HttpConnection
from tests.chain.loopback import Ask, FakeNode, Wire, ask, says

__all__ = ["ask"]  # a fixture

DEADLINE = 0.4
MB = 1024 * 1024


# ---- size


def test_200_mb_are_refused_before_they_are_read(ask: Ask) -> None:
    def behave(wire: Wire, question: Any) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (200 * MB))

    with pytest.raises(LedgerError, match="larger than 16 MB"):
        ask(behave)


@pytest.mark.parametrize("framing", ["chunked", "until the end", "headers", "extensions"])
def test_200_mb_without_an_announcement_are_refused_on_the_way(ask: Ask, framing: str) -> None:
    sent = 0

    def behave(wire: Wire, question: Any) -> None:
        nonlocal sent
        wire.send(b"HTTP/1.1 200 OK\r\n")
        if framing != "headers":
            wire.send(b"\r\n" if framing == "until the end" else b"Transfer-Encoding: chunked\r\n\r\n")
        piece = {
            "chunked": b"10000\r\n" + b" " * 65536 + b"\r\n",
            "until the end": b" " * 65536,
            "headers": b"x: y\r\n" * 10000,
            "extensions": b"1;" + b"x" * 65000 + b"\r\n \r\n",
        }
        while sent < 200 * MB:
            wire.send(piece[framing])
            sent += len(piece[framing])

    with pytest.raises(LedgerError, match=r"larger than 16 MB|rules of HTTP"):
        ask(behave)
    assert sent < MAX_ANSWER + 16 * MB


def test_16_mb_are_taken_and_a_byte_more_is_not(ask: Ask) -> None:
    def behave(extra: int) -> Callable[[Wire, Any], None]:
        body = b'{"jsonrpc":"2.0","id":1,"result":"%b"}' % (b"0" * (MAX_ANSWER - 36 + extra))
        chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        return lambda wire, _: wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk)

    assert len(ask(behave(0))) == MAX_ANSWER - 36
    with pytest.raises(LedgerError, match="larger than 16 MB"):
        ask(behave(1))


ASK_AND_WEIGH = """
import sys
from pathlib import Path
from chain.errors import LedgerError
from chain.transport import HttpConnection

def heaviest():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])

with HttpConnection(sys.argv[1]) as connection:
    connection.request("warm up", [])
    before = heaviest()
    for method in sys.argv[2:]:
        try:
            connection.request(method, [])
            print(method, "answered")
        except LedgerError as error:
            print(method, error)
    print(heaviest() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/status is Linux's")
def test_no_answer_takes_more_than_64_mb() -> None:
    values = {
        "lists": b"[" + b"[]," * 5_000_000 + b"1]",
        "objects": b"[" + b'{"a":1},' * 1_900_000 + b"1]",
        "many": b"[" + b'{"a":[1,2]},' * 70_000 + b"1]",
        "text": b'"' + b"0" * 15_500_000 + b'"',
        "wide": b'"' + b"0" * 15_500_000 + b'\xf0\x9f\x98\x80"',
        "endless": b" " * 20 * MB,
    }

    def behave(wire: Wire, question: Any) -> None:
        body = b'{"jsonrpc":"2.0","id":%d,"result":%b}' % (question["id"], values.get(question["method"], b"1"))
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))

    with FakeNode(behave) as node:
        ran = subprocess.run([sys.executable, "-c", ASK_AND_WEIGH, node.url, *values], capture_output=True, text=True, check=True)
    *said, weight = ran.stdout.splitlines()
    assert said == [
        "lists The network's answer cannot be read.",
        "objects The network's answer cannot be read.",
        "many answered",
        "text answered",
        "wide The network's answer cannot be read.",
        "endless The network's answer is larger than 16 MB.",
    ]
    assert int(weight) < 64 * 1024


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "gzip, gzip"])
def test_a_packed_answer_is_not_unpacked(ask: Ask, coding: str) -> None:
    bomb = gzip.compress(b" " * 10 * MB)
    with pytest.raises(LedgerError, match="packed answer"):
        ask(says(bomb, "200 OK", f"Content-Encoding: {coding}"))


def test_a_bomb_in_disguise_is_not_json(ask: Ask) -> None:
    with pytest.raises(LedgerError, match="cannot be read"):
        ask(lambda wire, _: wire.reply(gzip.compress(b"[]")))


# ---- what is said


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":999,"result":"0x1"}',
        b'{"jsonrpc":"2.0","id":"1","result":"0x1"}',
        b'{"jsonrpc":"2.0","id":true,"result":"0x1"}',
        b'{"jsonrpc":"2.0","id":1.0,"result":"0x1"}',
        b'{"jsonrpc":"2.0","id":null,"result":"0x1"}',
        b'{"jsonrpc":"2.0","result":"0x1"}',
        b'{"jsonrpc":"2.0","id":999,"error":{"code":3,"message":"no"}}',
    ],
)
def test_the_answer_to_another_question_is_refused(ask: Ask, body: bytes) -> None:
    with pytest.raises(LedgerError, match="another question"):
        ask(says(body))


@pytest.mark.parametrize(
    "body",
    [b"[]", b'"0x1"', b"null", b"{}", b'[{"jsonrpc":"2.0","id":%d,"result":1}]', b'{"jsonrpc":"2.0","id":%d}'],
)
def test_what_is_no_answer_of_json_rpc_is_refused(ask: Ask, body: bytes) -> None:
    with pytest.raises(LedgerError, match=r"not one of JSON-RPC|another question"):
        ask(says(body))


def test_a_result_and_an_error_at_once_are_refused(ask: Ask) -> None:
    with pytest.raises(LedgerError, match="at once"):
        ask(says(b'{"jsonrpc":"2.0","id":%d,"result":"0x1","error":{"code":1,"message":"no"}}'))


@pytest.mark.parametrize("error", [b'{"code":"x","message":7}', b'"no"', b"[]", b"0"])
def test_an_error_of_any_shape_is_a_refusal(ask: Ask, error: bytes) -> None:
    with pytest.raises(LedgerError, match="refused the request"):
        ask(says(b'{"jsonrpc":"2.0","id":%d,"error":' + error + b"}"))


def test_an_error_to_a_question_it_could_not_read_is_its_error(ask: Ask) -> None:
    with pytest.raises(LedgerError) as raised:
        ask(says(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}'))
    assert raised.value.details["code"] == -32700


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":%d,"result":' + b"[" * 65_000 + b"]" * 65_000 + b"}",
        b'{"jsonrpc":"2.0","id":%d,"result":"0x1","result":"0x2"}',
        b'{"jsonrpc":"2.0","id":%d,"result":{"number":"0x1","number":"0x2"}}',
        b'{"jsonrpc":"2.0","id":7,"id":%d,"result":"0x1"}',
        b'{"jsonrpc":"2.0","id":%d,"result":NaN}',
        b'{"jsonrpc":"2.0","id":%d,"result":1e400}',
        b'{"jsonrpc":"2.0","id":%d,"result":"\xff"}',
        b'{"jsonrpc":"2.0","id":%d,"resu',
        b"",
    ],
    ids=["deep", "two results", "two numbers", "two ids", "NaN", "1e400", "not UTF-8", "cut off", "empty"],
)
def test_text_that_harms_or_lies_by_its_form_is_refused(ask: Ask, body: bytes) -> None:
    with pytest.raises(LedgerError, match=r"The network's answer cannot be read\."):
        ask(says(body))


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "502 Bad Gateway", "511 Network Authentication Required"])
def test_a_web_page_is_one_clear_sentence(ask: Ask, status: str) -> None:
    page = b"<!DOCTYPE html><html><a href='http://login.example/?key=1'>Please pay</a></html>"
    with pytest.raises(LedgerError) as raised:
        ask(says(page, status, kind="text/html"))
    assert str(raised.value) in (
        "The address answers with a web page instead of a network's data.",
        "The address does not answer as a network does.",
        "The network is out of order at the moment.",
    )
    assert "login.example" not in raised.value.diagnostics()


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("target", ["http://127.0.0.1:9/", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data"])
def test_a_redirect_is_not_followed(ask: Ask, status: str, target: str) -> None:
    with pytest.raises(LedgerError, match="points to another address") as raised:
        ask(says(b'{"jsonrpc":"2.0","id":%d,"result":"0x1"}', status, f"Location: {target}"))
    assert target not in raised.value.diagnostics()


@pytest.mark.parametrize(
    ("header", "wait"), [("5", 5), ("99999999", 3600), ("9" * 400, None), ("Fri, 31 Dec 2999 23:59:59 GMT", None), ("-1", None)]
)
def test_too_many_requests_is_said_with_a_bounded_wait(ask: Ask, header: str, wait: int | None) -> None:
    with pytest.raises(LedgerError, match="asks to wait") as raised:
        ask(says(b"slow down", "429 Too Many Requests", f"Retry-After: {header}"))
    assert raised.value.details["busy"] is True
    assert raised.value.details["wait"] == wait


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("500 Oops", "out of order"),
        ("503 Busy", "out of order"),
        ("401 Who", "let this computer in"),
        ("403 No", "let this computer in"),
        ("413 Large", "too large"),
        ("404 Gone", "does not answer as a network"),
        ("204 Empty", "does not answer as a network"),
    ],
)
def test_a_status_is_said_in_words_even_with_a_result_in_the_body(ask: Ask, status: str, words: str) -> None:
    with pytest.raises(LedgerError, match=words):
        ask(says(b'{"jsonrpc":"2.0","id":%d,"result":"0x1"}', status))


def test_what_is_not_http_is_said_in_words(ask: Ask) -> None:
    with pytest.raises(LedgerError, match="rules of HTTP"):
        ask(lambda wire, _: wire.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"))


@pytest.mark.parametrize(
    "change",
    [
        lambda answers: answers[:-1],
        lambda answers: [*answers, answers[0]],
        lambda answers: [answers[0], answers[0], answers[2]],
        lambda answers: [{**answers[0], "id": 99}, *answers[1:]],
        lambda answers: [{**answers[0], "id": None}, *answers[1:]],
        lambda answers: [None, *answers[1:]],
        lambda answers: [],
        lambda answers: answers[0],
        lambda answers: "0x1",
    ],
    ids=["short", "long", "one twice", "foreign id", "no id", "null", "empty", "one alone", "text"],
)
def test_a_batch_without_exactly_one_answer_for_each_is_refused(change: Callable[[list[Any]], Any]) -> None:
    def behave(wire: Wire, question: Any) -> None:
        wire.reply(orjson.dumps(change([{"jsonrpc": "2.0", "id": q["id"], "result": 1} for q in question])))

    with FakeNode(behave) as node, HttpConnection(node.url) as connection, pytest.raises(LedgerError):
        connection.request_many([("a", []), ("b", []), ("c", [])])


def test_a_node_without_batches_says_so_as_its_refusal() -> None:
    with (
        FakeNode(lambda wire, _: wire.reply(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}')) as node,
        HttpConnection(node.url) as connection,
        pytest.raises(LedgerError) as raised,
    ):
        connection.request_many([("a", [])])
    assert raised.value.details["code"] == -32600
