"""The guard's end of the link: clients come, speak and go, and none can hold up the loop."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from hardware.link import (
    MAX_PACKET_BYTES,
    VERSION,
    BenchReply,
    Hello,
    Refused,
    SendRaw,
    Status,
    ToGuard,
    ToKiosk,
    Welcome,
    decode_to_guard,
    encode,
)

MOST_CLIENTS: Final = 16
PACKETS_A_PASS: Final = 32
"""What one client may say in one pass; the rest waits, so that no client fills a pass."""
HELLO_NS: Final = 2_000_000_000
DEAF_NS: Final = 1_000_000_000
MOST_WAITING: Final = 512


class Client:
    """One connection. Messages wait in order when it does not read; statuses are dropped."""

    def __init__(self, connection: socket.socket, now_ns: int) -> None:
        """Take over an accepted, non-blocking connection."""
        self.socket = connection
        self.role: str | None = None
        self.raw = False
        self.came_ns = now_ns
        self.deaf_since: int | None = None
        self._waiting: deque[bytes] = deque()

    def send(self, packet: bytes, now_ns: int, *, droppable: bool = False) -> None:
        """Send a packet now or later; a droppable one now or never. OSError: it went away."""
        self.flush(now_ns)
        if not self._waiting and self._try(packet, now_ns):
            return
        if not droppable:
            self._waiting.append(packet)

    def flush(self, now_ns: int) -> None:
        """Send what waits, as far as the client reads it."""
        while self._waiting and self._try(self._waiting[0], now_ns):
            self._waiting.popleft()

    def deaf(self, now_ns: int) -> bool:
        """Say whether it has not read for so long that it must go."""
        since = self.deaf_since
        return len(self._waiting) > MOST_WAITING or (since is not None and now_ns - since > DEAF_NS)

    def _try(self, packet: bytes, now_ns: int) -> bool:
        try:
            self.socket.send(packet)
        except BlockingIOError:
            self.deaf_since = self.deaf_since or now_ns
            return False
        self.deaf_since = None
        return True


class LinkServer:
    """The listening socket, its clients, and which of them is the kiosk."""

    def __init__(
        self,
        listening: socket.socket,
        selector: selectors.BaseSelector,
        *,
        welcome: Welcome,
        command: Callable[[ToGuard, int], Refused | None],
        kiosk_gone: Callable[[], None],
        bench_reply: Callable[[BenchReply], None],
    ) -> None:
        """Serve ``listening``, a non-blocking socket that stays its owner's.

        Calls back from :meth:`drain`; ``kiosk_gone`` from sending as well.
        """
        self._selector = selector
        self._welcome = encode(welcome)
        self._command = command
        self._kiosk_gone = kiosk_gone
        self._bench_reply = bench_reply
        self._listening = listening
        selector.register(listening, selectors.EVENT_READ)
        # In the order in which they came, so that a kiosk's end is seen before its successor.
        self._clients: dict[int, Client] = {}
        self.kiosk: Client | None = None

    @property
    def wants_raw(self) -> bool:
        """Whether the kiosk asked for every raw input."""
        return self.kiosk is not None and self.kiosk.raw

    def drain(self, ready: set[int]) -> bool:
        """Hear every client among the ready descriptors; return whether any may say more."""
        more = False
        now_ns = time.monotonic_ns()
        for fd, client in list(self._clients.items()):
            if fd in ready:
                more |= self._hear(client)
            elif client.role is None and now_ns - client.came_ns > HELLO_NS:
                self._drop(client)
        if self._listening.fileno() in ready:
            self._accept()
        return more

    def send_status(self, status: Status) -> None:
        """Send a status to everyone who said hello; who does not read misses it."""
        packet = encode(status)
        for client in list(self._clients.values()):
            if client.role is not None:
                self._send(client, packet, status.t_ns, droppable=True)

    def renew(self, welcome: Welcome) -> None:
        """Tell the kiosk, and whoever comes later, facts that have changed."""
        self._welcome = encode(welcome)
        self.send_kiosk(welcome)

    def send_kiosk(self, message: ToKiosk) -> bool:
        """Send a message to the kiosk; return whether there is one."""
        if self.kiosk is None:
            return False
        self._send(self.kiosk, encode(message), time.monotonic_ns())
        return self.kiosk is not None

    def close(self) -> None:
        """Close every connection."""
        for client in list(self._clients.values()):
            self._drop(client)
        self._selector.unregister(self._listening)

    def _accept(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except OSError:
            # It went away again, or there are no descriptors left: nothing that a pass can mend.
            return
        if len(self._clients) >= MOST_CLIENTS:
            connection.close()
            return
        connection.setblocking(False)
        self._clients[connection.fileno()] = Client(connection, time.monotonic_ns())
        self._selector.register(connection, selectors.EVENT_READ)

    def _hear(self, client: Client) -> bool:
        for _ in range(PACKETS_A_PASS):
            try:
                packet = client.socket.recv(MAX_PACKET_BYTES + 1)
            except BlockingIOError:
                return False
            except OSError:
                packet = b""
            if not packet:
                self._drop(client)
                return False
            if not self._understand(client, packet):
                return False
        return True

    def _understand(self, client: Client, packet: bytes) -> bool:
        """Carry out one packet; return whether the client is still there."""
        now_ns = time.monotonic_ns()
        try:
            if len(packet) > MAX_PACKET_BYTES:
                raise ValueError(f"a packet has at most {MAX_PACKET_BYTES} bytes")
            message = decode_to_guard(packet)
        except ValueError as error:
            return self._refuse(client, "packet", str(error), now_ns)
        if isinstance(message, Hello):
            return self._hello(client, message, now_ns)
        if client.role is None:
            return self._refuse(client, "hello", "the first packet must be hello", now_ns)
        name = message.__struct_config__.tag
        if client.role == "observer":
            refused: Refused | None = Refused(str(name), ("an observer commands nothing",))
        elif isinstance(message, SendRaw):
            client.raw, refused = message.on, None
        elif isinstance(message, BenchReply):
            self._bench_reply(message)
            refused = None
        else:
            refused = self._command(message, now_ns)
        if refused is not None:
            self._send(client, encode(refused), now_ns)
        return client.socket.fileno() != -1

    def _hello(self, client: Client, hello: Hello, now_ns: int) -> bool:
        if hello.version != VERSION:
            why = f"the guard speaks version {VERSION}, not {hello.version}"
            return self._refuse(client, "hello", why, now_ns)
        if client.role is not None:
            return self._refuse(client, "hello", "hello was said already", now_ns)
        if hello.role == "kiosk":
            if self.kiosk is not None:
                return self._refuse(client, "hello", "another kiosk is connected", now_ns)
            self.kiosk = client
        client.role = hello.role
        self._send(client, self._welcome, now_ns)
        return client.socket.fileno() != -1

    def _refuse(self, client: Client, command: str, why: str, now_ns: int) -> bool:
        self._send(client, encode(Refused(command, (why,))), now_ns)
        self._drop(client)
        return False

    def _send(self, client: Client, packet: bytes, now_ns: int, *, droppable: bool = False) -> None:
        try:
            client.send(packet, now_ns, droppable=droppable)
        except OSError:
            self._drop(client)
            return
        if client.deaf(now_ns):
            self._drop(client)

    def _drop(self, client: Client) -> None:
        fd = client.socket.fileno()
        if fd == -1:
            return
        self._selector.unregister(client.socket)
        del self._clients[fd]
        client.socket.close()
        if client is self.kiosk:
            self.kiosk = None
            self._kiosk_gone()
