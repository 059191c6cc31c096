"""Bytes to frames: contracts.md §1, its vectors, and every way in which a line can be wrong."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.belt.protocol import (
    MAX_LINE_BYTES,
    Frame,
    Identity,
    LineDecoder,
    compose,
    crc16,
    parse_line,
)
from tests.hardware import belt_model

CONTRACT = Path(__file__).parent.parent / "recordings" / "contract"
VECTORS = json.loads((CONTRACT / "belt_vectors.json").read_text(encoding="utf-8"))
RESERVED = "reserved status bit: a fault"
"""Listed in the vectors both as rejected and as a fault; §1's text says which it is."""


def decode(data: bytes) -> tuple[list[Frame | Identity], int]:
    """What a decoder makes of bytes that come in one piece, and how many lines it rejected."""
    decoder = LineDecoder()
    return decoder.feed(data), decoder.rejected


def swb(fields: str) -> Frame | Identity | None:
    """What a line with these fields and a right CRC says."""
    return parse_line(belt_model.line(f"SWB,{fields}", ending=""))


# ---- the vectors of the contract -----------------------------------------------------------------


@pytest.mark.parametrize("line", VECTORS["good"])
def test_a_good_vector_is_taken(line: str) -> None:
    items, rejected = decode(line.encode("latin-1"))
    assert (len(items), rejected) == (1, 0)
    if isinstance(items[0], Frame):
        assert items[0].fault is None


@pytest.mark.parametrize("vector", VECTORS["rejected"], ids=lambda vector: vector["why"])
def test_a_bad_vector_is_rejected_and_counted(vector: dict[str, str]) -> None:
    items, rejected = decode(vector["line"].encode("latin-1"))
    if vector["why"] == RESERVED:
        (frame,) = items
        assert isinstance(frame, Frame)
        assert frame.fault
    else:
        assert (items, rejected) == ([], 1)


@pytest.mark.parametrize("vector", VECTORS["fault"], ids=lambda vector: vector["why"])
def test_a_fault_vector_is_a_frame_and_a_fault(vector: dict[str, str]) -> None:
    (frame,), rejected = decode(vector["line"].encode("latin-1"))
    assert isinstance(frame, Frame)
    assert frame.fault
    assert rejected == 0


def test_the_fields_of_the_vectors() -> None:
    texts = "".join(VECTORS["good"])
    items, _ = decode(texts.encode("latin-1"))
    assert items == [
        Frame(1, 20_000, 0, 0, 0),
        Frame(255, 4_294_967_295, -2_147_483_648, 4_294_960_000, 0),
        Frame(0, 12_704, -2_147_483_647, 12_000, 4),
        Identity("PICO-0001", "1.0.0"),
    ]


# ---- CRC and composing ---------------------------------------------------------------------------


@given(st.binary(max_size=80))
def test_the_crc_is_the_standards(payload: bytes) -> None:
    assert crc16(payload) == belt_model.crc16(payload)


def test_the_crcs_check_value() -> None:
    assert crc16(b"123456789") == 0x29B1


def test_a_line_is_composed_as_the_contract_has_it() -> None:
    assert compose("SWB,2,20000,0,0,00") == b"$SWB,2,20000,0,0,00*F8CB\r\n"
    with pytest.raises(UnicodeEncodeError):
        compose("SWI,1,PICO-é,1")


@given(
    st.integers(0, 255),
    st.integers(0, 2**32 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 255),
)
def test_what_is_composed_is_read_back(
    seq: int, clock_us: int, count: int, edge_us: int, status: int
) -> None:
    line = compose(f"SWB,{seq},{clock_us},{count},{edge_us},{status:02X}")
    assert len(line) <= MAX_LINE_BYTES
    assert line == belt_model.line(line[1:-7].decode("ascii"))
    assert decode(line) == ([Frame(seq, clock_us, count, edge_us, status)], 0)


PRINTABLE = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="*,"),
    min_size=1,
    max_size=20,
)


@given(PRINTABLE, PRINTABLE)
def test_an_identity_is_read_back(serial: str, firmware: str) -> None:
    assert decode(compose(f"SWI,1,{serial},{firmware}")) == ([Identity(serial, firmware)], 0)


# ---- bounds and shapes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "frame"),
    [
        ("0,0,0,0,00", Frame(0, 0, 0, 0, 0)),
        ("255,0,0,0,00", Frame(255, 0, 0, 0, 0)),
        ("0,4294967295,0,0,00", Frame(0, 2**32 - 1, 0, 0, 0)),
        ("0,0,-2147483648,0,00", Frame(0, 0, -(2**31), 0, 0)),
        ("0,0,2147483647,0,00", Frame(0, 0, 2**31 - 1, 0, 0)),
        ("0,0,0,4294967295,00", Frame(0, 0, 0, 2**32 - 1, 0)),
        ("0,0,0,0,FF", Frame(0, 0, 0, 0, 255)),
    ],
)
def test_the_ends_of_every_range_are_inside(fields: str, frame: Frame) -> None:
    assert swb(fields) == frame


@pytest.mark.parametrize(
    "fields",
    [
        "256,0,0,0,00",
        "-1,0,0,0,00",
        "0,4294967296,0,0,00",
        "0,-1,0,0,00",
        "0,0,-2147483649,0,00",
        "0,0,2147483648,0,00",
        "0,0,0,4294967296,00",
        "0,0,0,-1,00",
        "0,0,0,0,100",
        "0,0,0,0,0",
        "0,0,0,0,G0",
        "0,0,0,0,",
        "0,0,0,0",
        "0,0,0,0,00,0",
        ",0,0,0,00",
        "0,,0,0,00",
        "1.0,0,0,0,00",
        "1e2,0,0,0,00",
        "0x1,0,0,0,00",
        "+1,0,0,0,00",
        "--1,0,0,0,00",
        "0,0,-,0,00",
        "0,0,1-2,0,00",
        " 1,0,0,0,00",
        "1 ,0,0,0,00",
        "1,\t0,0,0,00",
        "1_0,0,0,0,00",
        "01,0,0,0,00",
        "0,0,99999999999999999999999999999999,0,00",
        "true,0,0,0,00",
        "null,0,0,0,00",
        "[1],0,0,0,00",
    ],
)
def test_another_shape_is_rejected_whatever_its_crc(fields: str) -> None:
    assert swb(fields) is None


def test_digits_of_other_scripts_are_no_digits() -> None:
    payload = "SWB,\N{ARABIC-INDIC DIGIT ONE},0,0,0,00".encode()
    line = b"$%s*%04X\r\n" % (payload, belt_model.crc16(payload))
    assert decode(line) == ([], 1)


@pytest.mark.parametrize("name", ["SWA", "swb", "SWBX", "GPGGA", ""])
def test_another_sentence_is_rejected(name: str) -> None:
    assert decode(belt_model.line(f"{name},1,20000,0,0,00")) == ([], 1)


@pytest.mark.parametrize(
    "payload",
    [
        "SWI,2,PICO,1.0",
        "SWI,1,,1.0",
        "SWI,1,PICO,",
        "SWI,1,PICO",
        "SWI,1,PICO,1.0,more",
        "SWI,1,PI CO,1.0",
        "SWI,1,PI*CO,1.0",
        "SWI,1," + "P" * 33 + ",1.0",
        "SWI,1," + "P" * 32 + "," + "1" * 32,
    ],
)
def test_another_identity_is_rejected(payload: str) -> None:
    assert decode(belt_model.line(payload)) == ([], 1)


def test_a_lower_case_crc_is_rejected() -> None:
    line = b"$SWB,1,40000,0,0,00*"
    upper = b"%04X" % belt_model.crc16(line[1:-1])
    assert upper.lower() != upper
    assert decode(line + upper + b"\n")[1] == 0
    assert decode(line + upper.lower() + b"\n") == ([], 1)


@pytest.mark.parametrize("at", range(len(VECTORS["good"][1]) - 2))
def test_one_flipped_bit_anywhere_is_rejected(at: int) -> None:
    line = VECTORS["good"][1].encode("latin-1")
    for bit in range(8):
        flipped = bytearray(line)
        flipped[at] ^= 1 << bit
        items, rejected = decode(bytes(flipped))
        assert items == []
        assert rejected >= 1


def test_every_status_bit_but_the_keys_is_a_fault() -> None:
    for status in range(256):
        frame = Frame(0, 0, 0, 0, status)
        assert (frame.fault is None) is (status in {0x00, 0x04})
        assert frame.key_pulled is bool(status & 4)


def test_a_fault_is_said_in_words() -> None:
    """Staff read it on the page of the inputs."""
    assert Frame(0, 0, 0, 0, 0x0A).fault == "the sensor reports a fault (status 0A)"
    assert Frame(0, 0, 0, 0, 0x85).fault == "the sensor reports a fault (status 85)"
    assert Frame(0, 20_000, 0, 20_001, 0).fault == "an edge lies after its frame"


@pytest.mark.parametrize(
    ("clock_us", "edge_us", "is_fault"),
    [
        (20_000, 20_000, False),
        (20_000, 0, False),
        (20_000, 20_001, True),
        (20_000, 30_000, True),
        (0, 2**32 - 1, False),
        (2**32 - 1, 0, True),
        (5_000, 2**32 - 5_000, False),
        (2**30, 0, False),
        (5, (5 - 2**30) % 2**32, False),
    ],
)
def test_an_edge_after_its_frame_is_a_fault_across_the_wrap(
    clock_us: int, edge_us: int, is_fault: bool
) -> None:
    assert (Frame(0, clock_us, 0, edge_us, 0).fault is not None) is is_fault


# ---- the stream ----------------------------------------------------------------------------------

STREAM = b"".join(
    [
        b"9,00*1234\r\n",  # the tail of a line: the port was opened in its middle
        belt_model.line("SWB,1,20000,0,0,00"),
        belt_model.line("SWB,2,40000,3,39000,00", ending="\n"),
        b"\x00\x00\xff\xfe garbage \x80\n",
        belt_model.line("SWI,1,PICO-0001,1.0.0"),
        b"\r\n",
        b"x" * 300 + b"\r\n",
        belt_model.line("SWB,3,60000,5,59000,00"),
        b"$SWB,4,80000,5,59000,00*0000\r\n",
        b"y" * 63 + b"\r\n" + b"y" * 64 + b"\n" + b"y" * 65 + b"\r\n" + b"y" * 66 + b"\n",
        belt_model.line("SWB,5,100000,5,59000,00"),
        b"$SWB,6,1200",  # cut off for good
    ]
)
STREAM_SAYS = [
    Frame(1, 20_000, 0, 0, 0),
    Frame(2, 40_000, 3, 39_000, 0),
    Identity("PICO-0001", "1.0.0"),
    Frame(3, 60_000, 5, 59_000, 0),
    Frame(5, 100_000, 5, 59_000, 0),
]
STREAM_REJECTED = 9


def test_garbage_between_lines_costs_only_itself() -> None:
    assert decode(STREAM) == (STREAM_SAYS, STREAM_REJECTED)


@given(st.sets(st.integers(1, len(STREAM) - 1), max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_stream_cut_anywhere_says_the_same(cuts: set[int]) -> None:
    decoder = LineDecoder()
    items = []
    ends = [0, *sorted(cuts), len(STREAM)]
    for start, end in itertools.pairwise(ends):
        items += decoder.feed(STREAM[start:end])
    assert (items, decoder.rejected) == (STREAM_SAYS, STREAM_REJECTED)


def test_a_stream_of_single_bytes_says_the_same() -> None:
    decoder = LineDecoder()
    items = [item for byte in STREAM for item in decoder.feed(bytes([byte]))]
    assert (items, decoder.rejected) == (STREAM_SAYS, STREAM_REJECTED)


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_any_bytes_in_any_pieces_are_read_alike(pieces: list[bytes]) -> None:
    decoder = LineDecoder()
    items = [item for piece in pieces for item in decoder.feed(piece)]
    assert (items, decoder.rejected) == decode(b"".join(pieces))


def test_both_line_endings_and_no_other() -> None:
    line = belt_model.line("SWB,1,20000,0,0,00", ending="")
    assert decode(line + b"\n")[1] == 0
    assert decode(line + b"\r\n")[1] == 0
    assert decode(line + b"\r\r\n") == ([], 1)
    assert decode(line + b" \r\n") == ([], 1)
    assert decode(b"\r" + line + b"\n") == ([], 1)
    assert decode(b"\0" + line + b"\n") == ([], 1)
    assert decode(line + b"\r" + line + b"\r\n") == ([], 1)
    assert decode(line) == ([], 0)


# The longest line that may be: 64 bytes, and its ending.
LONGEST = belt_model.line(f"SWI,1,{'S' * 32},{'F' * 19}", ending="")


def test_an_identity_is_as_long_as_a_line_may_be_and_no_longer() -> None:
    assert len(LONGEST) == MAX_LINE_BYTES
    assert parse_line(LONGEST) == Identity("S" * 32, "F" * 19)
    assert parse_line(LONGEST + b"\r") == Identity("S" * 32, "F" * 19)
    longer = belt_model.line(f"SWI,1,{'S' * 32},{'F' * 20}", ending="")
    assert decode(longer + b"\n") == ([], 1)


@pytest.mark.parametrize("names", ["a,b,1.0", "a,b,c,d", "S" * 32 + ",a,b", "a,", ",b", "a"])
def test_an_identity_has_two_names_without_a_comma(names: str) -> None:
    assert decode(belt_model.line(f"SWI,1,{names}")) == ([], 1)


def test_an_identity_with_a_wrong_crc_is_rejected() -> None:
    line = belt_model.line("SWI,1,PICO-0001,1.0.0")
    assert decode(line.replace(b"PICO-0001", b"PICO-0002")) == ([], 1)


@pytest.mark.parametrize("at", [63, 64, 65])
def test_the_longest_line_may_be_cut_at_its_end(at: int) -> None:
    whole = LONGEST + b"\r\n"
    decoder = LineDecoder()
    assert decoder.feed(whole[:at]) == []
    assert decoder.feed(whole[at:]) == [Identity("S" * 32, "F" * 19)]


def test_a_line_is_too_long_as_soon_as_nothing_could_end_it() -> None:
    decoder = LineDecoder()
    decoder.feed(b"y" * 65)
    assert decoder.rejected == 0
    decoder.feed(b"y")
    assert decoder.rejected == 1


def test_lines_after_the_tail_of_one_that_was_too_long_are_read() -> None:
    decoder = LineDecoder()
    decoder.feed(b"y" * 200)
    lines = belt_model.line("SWB,1,20000,0,0,00") + belt_model.line("SWB,2,40000,0,0,00")
    assert len(decoder.feed(b"the tail\r\n" + lines)) == 2
    assert decoder.rejected == 1


def test_the_next_line_after_a_lost_line_end_is_lost_too_but_no_more() -> None:
    glued = belt_model.line("SWB,1,20000,0,0,00", ending="") + belt_model.line("SWB,2,40000,0,0,00")
    items, rejected = decode(glued + belt_model.line("SWB,3,60000,0,0,00"))
    assert [item.seq for item in items if isinstance(item, Frame)] == [3]
    assert rejected == 1


def test_a_reopened_port_forgets_the_half_line() -> None:
    line = belt_model.line("SWB,1,20000,0,0,00")
    decoder = LineDecoder()
    decoder.feed(line[:9])
    decoder.restart()
    assert len(decoder.feed(line)) == 1
    decoder.feed(b"z" * 500)
    decoder.restart()
    assert len(decoder.feed(line)) == 1
    assert decoder.rejected == 1


def test_endless_bytes_without_an_end_of_line_take_no_memory() -> None:
    decoder = LineDecoder()
    piece = b"$SWB,1,20000,0,0,00*7568" * 20
    for _ in range(20):
        decoder.feed(piece)
    tracemalloc.start()
    try:
        for _ in range(20_000):
            decoder.feed(piece)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 4_096
    assert decoder.rejected == 1
    # The first end of line ends the garbage; the line after it is read.
    assert decoder.feed(b"\n") == []
    assert decoder.feed(belt_model.line("SWB,7,20000,0,0,00")) == [Frame(7, 20_000, 0, 0, 0)]
    assert decoder.rejected == 1
