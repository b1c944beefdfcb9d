"""The transport over real sockets on loopback: connections that are kept, end, drip, hang, and who may be spoken to."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from chain.errors import BadInput, LedgerError
from chain.transport import HttpConnection
from tests.chain.loopback import Ask, FakeNode, Wire, ask, says

__all__ = ["ask"]  # a fixture

DEADLINE = 0.4
MB = 1024 * 1024


# ---- what works


def test_a_request_gives_its_result_over_one_connection_that_is_kept() -> None:
    with (
        FakeNode(lambda wire, q: wire.result(q, [q["method"], q["params"], wire.number, wire.turn])) as node,
        HttpConnection(node.url) as connection,
    ):
        assert connection.request("eth_call", [{"to": "0x1"}, "latest"]) == ["eth_call", [{"to": "0x1"}, "latest"], 1, 1]
        assert connection.request("eth_chainId", []) == ["eth_chainId", [], 1, 2]
    assert "Accept-Encoding: identity" in node.requests[0]
    assert node.connections == 1


def test_a_batch_is_one_exchange_and_an_error_stands_in_its_place() -> None:
    def behave(wire: Wire, question: Any) -> None:
        answers: list[Any] = [{"jsonrpc": "2.0", "id": q["id"], "result": q["params"]} for q in question]
        answers[1] = {"jsonrpc": "2.0", "id": question[1]["id"], "error": {"code": -32000, "message": "nonce too low"}}
        wire.reply(orjson.dumps(answers))

    with FakeNode(behave) as node, HttpConnection(node.url) as connection:
        first, second, third = connection.request_many([("a", [1]), ("b", [2]), ("c", [3])])
        assert (first, third) == ([1], [3])
        assert isinstance(second, LedgerError)
        assert second.details == {"code": -32000, "message": "nonce too low", "data": None}
        assert connection.request_many([]) == []
    assert len(node.requests) == 1


def test_a_reordered_batch_is_put_in_order_by_its_ids() -> None:
    def behave(wire: Wire, question: Any) -> None:
        wire.reply(orjson.dumps([{"jsonrpc": "2.0", "id": q["id"], "result": q["method"]} for q in reversed(question)]))

    with FakeNode(behave) as node, HttpConnection(node.url) as connection:
        assert connection.request_many([("a", []), ("b", []), ("c", [])]) == ["a", "b", "c"]


def test_a_refusal_of_the_node_keeps_its_facts_for_the_log_only(ask: Ask) -> None:
    page = "<html>go to https://evil.example/pay</html>"
    error = {"code": 3, "message": page, "data": "0x08c379a0"}
    with pytest.raises(LedgerError) as raised:
        ask(lambda wire, q: wire.reply(orjson.dumps({"jsonrpc": "2.0", "id": q["id"], "error": error})))
    assert str(raised.value) == "The network refused the request."
    assert raised.value.details == {"code": 3, "message": page, "data": "0x08c379a0"}


def test_a_refusal_with_an_error_status_is_still_the_nodes_refusal(ask: Ask) -> None:
    body = b'{"jsonrpc":"2.0","id":%d,"error":{"code":-32005,"message":"query returned more than 10000 results"}}'
    with pytest.raises(LedgerError) as raised:
        ask(says(body, "400 Bad Request"))
    assert raised.value.details["code"] == -32005


def test_chunks_are_put_together(ask: Ask) -> None:
    def behave(wire: Wire, question: Any) -> None:
        body = b'{"jsonrpc":"2.0","id":%d,"result":"0x1"}' % question["id"]
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        wire.send(*(b"1\r\n%c\r\n" % byte for byte in body), b"0\r\n\r\n")

    assert ask(behave) == "0x1"


def test_a_login_in_the_address_goes_into_its_header_and_nowhere_else(ask: Ask) -> None:
    with FakeNode(lambda wire, q: wire.result(q, 1)) as node:
        url = node.url.replace("http://", "http://me:se%20cret@") + "/v3/key?x=1"
        with HttpConnection(url) as connection:
            connection.request("eth_chainId", [])
    assert "POST /v3/key?x=1 HTTP/1.1" in node.requests[0]
    assert "Authorization: Basic bWU6c2UgY3JldA==" in node.requests[0]


def test_the_environments_proxy_is_not_used(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(lambda wire, q: wire.result(q, "0x1")) == "0x1"


# ---- connections that end


def test_a_connection_closed_while_it_was_idle_is_opened_again() -> None:
    def behave(wire: Wire, question: Any) -> None:
        wire.result(question, wire.number)
        wire.close()

    with FakeNode(behave) as node, HttpConnection(node.url) as connection:
        assert [connection.request("eth_chainId", []) for _ in range(3)] == [1, 2, 3]


def test_a_connection_that_the_node_does_not_keep_is_not_kept() -> None:
    def behave(wire: Wire, question: Any) -> None:
        wire.reply(b'{"jsonrpc":"2.0","id":%d,"result":%d}' % (question["id"], wire.number), "200 OK", "Connection: close")

    with FakeNode(behave) as node, HttpConnection(node.url) as connection:
        assert [connection.request("eth_chainId", []) for _ in range(2)] == [1, 2]


def test_a_connection_closed_instead_of_an_answer_is_tried_once_more() -> None:
    def behave(wire: Wire, question: Any) -> None:
        if wire.turn == 2:
            wire.close()
        else:
            wire.result(question, wire.number)

    with FakeNode(behave) as node, HttpConnection(node.url) as connection:
        assert [connection.request("eth_chainId", []) for _ in range(2)] == [1, 2]


def test_a_fresh_connection_that_is_closed_is_not_tried_again() -> None:
    with FakeNode(lambda wire, _: wire.reset()) as node, HttpConnection(node.url) as connection:
        with pytest.raises(LedgerError, match="cannot be reached"):
            connection.request("eth_chainId", [])
        assert node.connections == 1


def test_bytes_that_nobody_asked_for_are_not_taken_for_an_answer() -> None:
    answered, sent = threading.Event(), threading.Event()

    def behave(wire: Wire, question: Any) -> None:
        wire.result(question, wire.number)
        if not sent.is_set():
            answered.wait(5)
            wire.reply(b'{"jsonrpc":"2.0","id":2,"result":"forged"}')
            sent.set()

    with FakeNode(behave) as node, HttpConnection(node.url) as connection:
        connection.request("eth_chainId", [])
        answered.set()
        assert sent.wait(5)
        assert connection.request("eth_chainId", []) == 2


@pytest.mark.parametrize("reset", [True, False])
def test_an_answer_that_breaks_off_is_refused(ask: Ask, reset: bool) -> None:
    def behave(wire: Wire, question: Any) -> None:
        wire.send(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"jsonrpc":"2.0","id":1,"result":1}')
        if reset:
            wire.reset()
        else:
            wire.close()

    with pytest.raises(LedgerError, match=r"breaks off\.|cannot be reached"):
        ask(behave)


def test_chunks_that_break_off_are_refused(ask: Ask) -> None:
    def behave(wire: Wire, question: Any) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{")
        wire.close()

    with pytest.raises(LedgerError, match="breaks off"):
        ask(behave)


def test_nobody_there_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with HttpConnection(f"http://127.0.0.1:{port}/v3/secretkey") as connection, pytest.raises(LedgerError) as raised:
        connection.request("eth_chainId", [])
    assert str(raised.value) == "The network cannot be reached."
    assert "secretkey" not in raised.value.diagnostics()


def test_an_address_that_does_not_answer_does_not_keep_from_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()
    with FakeNode(lambda wire, q: wire.result(q, "0x1")) as node:
        alive = ("127.0.0.1", int(node.url.rpartition(":")[2]))

        def both(*_: Any, **__: Any) -> Any:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in (dead, dead, alive)]

        monkeypatch.setattr(socket, "getaddrinfo", both)
        with HttpConnection("http://node.example") as connection:
            assert connection.request("eth_chainId", []) == "0x1"


@pytest.mark.skipif(sys.platform != "linux", reason="a full queue drops what knocks on Linux only")
def test_an_address_that_is_silent_gets_only_its_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        node = stack.enter_context(FakeNode(lambda wire, q: wire.result(q, "0x1")))
        addresses = [full.getsockname(), ("127.0.0.1", int(node.url.rpartition(":")[2]))]

        def both(*_: Any, **__: Any) -> Any:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", both)
        connection = stack.enter_context(HttpConnection("http://node.example", deadline=1.2))
        assert connection.request("eth_chainId", []) == "0x1"


def test_a_name_that_is_not_known_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with HttpConnection("http://node.invalid") as connection, pytest.raises(LedgerError, match="cannot be reached"):
        connection.request("eth_chainId", [])


# ---- time


def drips(wire: Wire, question: Any) -> None:
    wire.drip(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"jsonrpc":"2.0","id":1,"result":"' + b"0" * 900)


def drips_a_body(wire: Wire, question: Any) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    wire.drip(b"1\r\n \r\n" * 500)


def drips_preliminary_answers(wire: Wire, question: Any) -> None:
    wire.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 40)


@pytest.mark.parametrize("behave", [drips, drips_a_body, drips_preliminary_answers, lambda wire, _: wire.hang()])
def test_neither_drip_nor_silence_outlasts_the_deadline(ask: Ask, behave: Callable[[Wire, Any], None]) -> None:
    started = time.monotonic()
    with pytest.raises(LedgerError, match="did not answer in time") as raised:
        ask(behave, deadline=DEADLINE)
    assert time.monotonic() - started < DEADLINE + 5
    assert raised.value.details["slow"] is True


def test_a_node_that_does_not_read_does_not_outlast_it() -> None:
    # connections wait in its queue, and nobody reads from them
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        HttpConnection(f"http://127.0.0.1:{server.getsockname()[1]}", deadline=DEADLINE) as connection,
        pytest.raises(LedgerError, match="did not answer in time"),
    ):
        connection.request("eth_sendRawTransaction", ["0x" + "00" * 8 * MB])


def test_a_tls_handshake_that_hangs_does_not_outlast_it() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        HttpConnection(f"https://127.0.0.1:{server.getsockname()[1]}", deadline=DEADLINE) as connection,
        pytest.raises(LedgerError, match="did not answer in time"),
    ):
        connection.request("eth_chainId", [])


def test_a_name_look_up_that_hangs_does_not_outlast_it(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def slow(*_: Any, flags: int = 0, **__: Any) -> Any:
        if not flags:
            released.wait(5)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with (
        HttpConnection("http://node.invalid", deadline=DEADLINE) as connection,
        pytest.raises(LedgerError, match="did not answer in time"),
    ):
        connection.request("eth_chainId", [])
    released.set()
    for thread in threading.enumerate():
        if thread.name == "name look-up":
            thread.join(5)


def test_a_block_of_requests_can_have_a_deadline_of_its_own() -> None:
    def behave(wire: Wire, question: Any) -> None:
        if wire.turn == 3:
            wire.hang()
        wire.result(question, 1)

    with FakeNode(behave) as node, HttpConnection(node.url) as connection:
        with connection.within(DEADLINE):
            connection.request("a", [])
            connection.request("b", [])
            with pytest.raises(LedgerError, match="did not answer in time"):
                connection.request("c", [])
            with pytest.raises(LedgerError, match="did not answer in time"):
                connection.request("d", [])
        assert connection.request("e", []) == 1


# ---- addresses and certificates


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost:8545", "file:///etc/passwd", "ftp://x", "http://", "ws://x", "http://x:99999999"),
        *("http://x/ y", "http://x/\r\na: b", "http://[::1", "http://exämple"),
    ],
)
def test_an_address_that_is_none_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput, match="address"):
        HttpConnection(url)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate for localhost that it signed itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "node.pem"
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(tls: ssl.SSLContext) -> None:
    with (
        FakeNode(lambda wire, q: wire.result(q, 1), tls) as node,
        HttpConnection(node.url) as connection,
        pytest.raises(LedgerError, match="certificate cannot be trusted"),
    ):
        connection.request("eth_chainId", [])


def test_a_certificate_of_a_pinned_authority_is_taken_and_the_connection_kept(tls: ssl.SSLContext, certificate: Path) -> None:
    pinned = ssl.create_default_context(cafile=str(certificate))
    with FakeNode(lambda wire, q: wire.result(q, wire.number), tls) as node, HttpConnection(node.url, tls=pinned) as connection:
        assert [connection.request("eth_chainId", []) for _ in range(3)] == [1, 1, 1]
    with (
        FakeNode(drips, tls) as node,
        HttpConnection(node.url, tls=pinned, deadline=DEADLINE) as connection,
        pytest.raises(LedgerError, match="did not answer in time"),
    ):
        connection.request("eth_chainId", [])


def test_a_node_that_does_not_speak_tls_is_said_in_words() -> None:
    with (
        FakeNode(lambda wire, q: wire.result(q, 1)) as node,
        HttpConnection(node.url.replace("http:", "https:"), deadline=DEADLINE) as connection,
        pytest.raises(LedgerError),
    ):
        connection.request("eth_chainId", [])
