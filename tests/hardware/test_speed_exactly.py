"""Each rule of the speed at its very boundary, with frames made by hand and sums by head.

What these rules are good for, on a belt that goes as belts do, is in ``test_speed.py``. Where a
rule ends at a number that a float cannot hold, ``mm_per_count`` is chosen such that both sides of
the comparison are the same float.
"""

from __future__ import annotations

import math

import pytest

from hardware.belt.protocol import Frame
from hardware.belt.speed import BeltSpeed

UINT32 = 1 << 32
OLDEST_US = 1 << 30
KMH = 3600.0
"""1 mm/us in km/h."""
START_US = 3_000_000_000
HOST_NS = 7_000_000_000_000
OLD_US = 20_000_000
"""How old an edge is under a belt that rests for sure."""
BEGIN_US = 20_000
"""When the first edge comes in a list of edges that begins at 0."""


class Board:
    """A sensor's board worked by hand: times are microseconds since its first frame, here sent.

    A frame says of count and edge what the last one said, and comes at once.
    """

    def __init__(
        self, mm: float = 5.0, *, age_us: int = OLD_US, start_us: int = START_US, count: int = 0
    ) -> None:
        self.belt = BeltSpeed(mm)
        self.start_us = start_us
        self.seq = 250
        self.count = count
        self.edge_us = -age_us
        assert self.frame(0)

    def frame(
        self,
        at_us: int,
        counts: int = 0,
        edge_us: int | None = None,
        *,
        late_ns: int = 0,
        skipped: int = 0,
        status: int = 0,
    ) -> bool:
        """Send one frame, after ``skipped`` ones that are lost; return whether it was used."""
        seq = self.seq + 1 + skipped
        edge_us = self.edge_us if edge_us is None else edge_us
        now_ns = HOST_NS + at_us * 1000 + late_ns
        frame = Frame(
            seq % 256,
            (self.start_us + at_us) % UINT32,
            (self.count + counts + UINT32 // 2) % UINT32 - UINT32 // 2,
            (self.start_us + edge_us) % UINT32,
            status,
        )
        used = self.belt.use(frame, now_ns)
        self.seq = seq
        # Not used, the frame may still be the one from which all begins anew.
        if self.belt.used_ns == now_ns:
            self.count += counts
            self.edge_us = edge_us
        return used

    def edge(self, at_us: int, counts: int = 1) -> bool:
        """Send a frame at the very time of its newest edge."""
        return self.frame(at_us, counts, at_us)

    @property
    def used_us(self) -> float:
        assert self.belt.used_ns is not None
        return (self.belt.used_ns - HOST_NS) / 1000

    @property
    def mm_us(self) -> float:
        assert self.belt.speed_kmh is not None
        return self.belt.speed_kmh / KMH


def slope(mm: float, counts: int, passed_us: int) -> object:
    return pytest.approx(counts * mm / passed_us, rel=1e-12, abs=0.0)


# ---- the first frame, and rest -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mm", "age_us", "kmh"),
    [
        (5.0, 360_000, None),  # 5 mm in 0.36 s is 0.05 km/h to the last bit: not below it
        (5.0, 360_001, 0.0),
        (0.5, 36_000, None),
        (0.5, 36_001, 0.0),
        (5.0, 0, None),
        # No encoder is as fine as 20 nm. An edge of this very microsecond counts as 1 us old.
        (2e-5, 0, None),
        (2e-5, 1, None),
        (2e-5, 2, 0.0),
        (1e-5, 0, 0.0),
    ],
)
def test_a_belt_rests_when_its_next_count_is_so_late_that_it_is_below_0_05_kmh(
    mm: float, age_us: int, kmh: float | None
) -> None:
    board = Board(mm, age_us=age_us)
    assert board.belt.speed_kmh is None, "one frame alone is not believed"
    assert board.frame(1)
    assert board.belt.speed_kmh == kmh


@pytest.mark.parametrize("way", [1, -1])
def test_without_an_edge_the_speed_falls_to_one_count_in_the_time_since(way: int) -> None:
    board = Board(5.0)
    board.edge(100_000, way)
    board.edge(200_000, way)
    assert board.mm_us == slope(5.0, way, 100_000)
    seen = []
    for age_us in (50_000, 100_000, 125_000, 200_000, 360_000, 360_001):
        assert board.frame(200_000 + age_us)
        seen.append(board.mm_us)
    assert seen == pytest.approx(
        [way * mm_us for mm_us in (5e-5, 5e-5, 4e-5, 2.5e-5, 5 / 360_000, 0.0)], rel=1e-12, abs=0.0
    )
    assert (board.belt.counts, board.belt.travel_mm) == (2 * way, 10.0 * way)
    # It goes on the same way as before, so that the next edge alone shows a speed again.
    assert board.edge(700_000, way)
    assert board.mm_us == slope(5.0, way, 500_000)
    assert board.belt.travel_mm == 15.0 * way


@pytest.mark.parametrize("way", [1, -1])
def test_a_single_edge_tells_nothing_of_the_speed_before_it(way: int) -> None:
    unknown = Board(5.0, age_us=100_000)
    assert unknown.edge(20_000, way)
    assert unknown.frame(20_001)
    assert unknown.belt.speed_kmh is None
    resting = Board(5.0)
    assert resting.edge(20_000, way)
    assert resting.belt.speed_kmh == 0.0


def test_an_edge_without_a_count_is_rest_after_rest_and_after_what_is_unknown() -> None:
    for board in (Board(5.0), Board(5.0, age_us=100_000)):
        assert board.edge(20_000, 0)
        assert board.frame(20_001)
        assert board.belt.speed_kmh == 0.0


# ---- old edges, early edges, wraps ---------------------------------------------------------------


@pytest.mark.parametrize(("age_us", "used"), [(5_000, True), (5_001, False), (5_002, False)])
def test_an_edge_grows_as_old_as_can_be_sent_only_with_time(age_us: int, used: bool) -> None:
    """5,000 us later it is 2^30 us old: when 2^30 - 5,000 was its age before, or more."""
    board = Board(5.0, age_us=OLDEST_US - age_us)
    assert board.frame(5_000, edge_us=5_000 - OLDEST_US) is used
    assert board.belt.speed_kmh == (0.0 if used else None)
    older = Board(5.0, age_us=OLDEST_US)
    assert older.frame(5_000, edge_us=5_000 - OLDEST_US)
    assert older.belt.speed_kmh == 0.0
    assert not older.frame(10_000, edge_us=10_000 - OLDEST_US - 1)
    assert not older.frame(15_000, edge_us=15_000 - OLDEST_US + 1)


@pytest.mark.parametrize(("before_us", "used"), [(0, True), (200, True), (201, False)])
def test_an_edge_may_be_stamped_200_us_before_the_last_frame(before_us: int, used: bool) -> None:
    board = Board(5.0)
    board.frame(20_000)
    assert board.frame(40_000, 1, 20_000 - before_us) is used
    assert board.belt.counts == used


@pytest.mark.parametrize("start_us", [0, 1, 2**31 - 20_000, UINT32 - 30_000, UINT32 - 1])
@pytest.mark.parametrize("way", [1, -1])
def test_clock_and_count_may_wrap(start_us: int, way: int) -> None:
    for count in (2**31 - 2, -(2**31) + 1, -1, 0):
        board = Board(5.0, start_us=start_us, count=count)
        assert [board.edge(20_000 * n, way) for n in range(1, 5)] == [True] * 4
        assert board.mm_us == slope(5.0, way, 20_000)
        assert (board.belt.counts, board.belt.travel_mm) == (4 * way, 20.0 * way)


# ---- how long a window is ------------------------------------------------------------------------


def firsts(mm: float, edges: list[int], way: int = 1) -> list[int | None]:
    """Which edge the window began with as each edge came, from the second one on.

    Each edge is one count, and a frame comes with it. The slope tells the first edge, or None
    where several edges would give the same.
    """
    board = Board(mm)
    begun: list[int | None] = []
    for last, at_us in enumerate(edges):
        assert board.edge(BEGIN_US + at_us, way), at_us
        if last == 0:
            assert board.mm_us == 0.0
            continue
        fitting = [
            first
            for first in range(last)
            if board.mm_us == slope(mm, way * (last - first), at_us - edges[first])
        ]
        assert fitting, "the speed is no slope that ends with this edge"
        begun.append(fitting[0] if len(fitting) == 1 else None)
    return begun


@pytest.mark.parametrize("way", [1, -1])
def test_a_window_grows_to_a_second_and_is_chosen_half_a_second_long(way: int) -> None:
    """A count every 0.1 s, up to 1 ms off; with edge 10 the window is 1 s long, to the us.

    With edge 11 it is too long, and edge 6 is 0.5 s back. With edge 17 it is too long again.
    """
    edges = [0, 100_400, 199_500, 300_100, 401_000, 500_600]
    edges += [600_500, 699_800, 800_300, 900_100, 1_000_000]
    assert firsts(5.0, [*edges, 1_100_500], way) == [0] * 10 + [6]
    assert firsts(5.0, [*edges, 1_100_501], way) == [0] * 10 + [7]
    later = [1_200_600, 1_300_000, 1_399_900, 1_500_100, 1_600_400, 1_700_000]
    assert firsts(5.0, [*edges, 1_100_500, *later], way) == [0] * 10 + [6] * 6 + [12]


def test_a_window_is_chosen_from_32_edges_at_most() -> None:
    """An edge every 10 ms, all on one line but the last. It is a second and more from the first."""
    edges = [10_000 * n for n in range(101)]
    assert firsts(1.0, [*edges, 1_010_050])[-1] == 101 - 32


def test_the_last_edge_alone_makes_a_window_however_long_ago_it_was() -> None:
    assert firsts(50.0, [0, 900_000, 3_000_000, 4_100_000, 5_000_001]) == [0, 1, 2, 3]


# ---- which edges lie on one line -----------------------------------------------------------------

STEADY = [0, 100_000, 200_000]
"""The first two edges allow the slopes 1 ± 0.03, in counts per 0.1 s: the belt was at rest, so
that jitter adds nothing to the 3 %. The third is exact and allows 1 ± 0.015 from then on."""
SLOW = [0, 200_000, 400_000]
"""The same per 0.2 s. An edge 0.5 s from the first one finds a window kept, or a shorter one."""


@pytest.mark.parametrize(
    ("edges", "begun"),
    [
        # 3 / 0.985 and 3 / 1.015.
        ([*SLOW, 609_137], 0),
        ([*SLOW, 609_138], 1),
        ([*SLOW, 591_134], 0),
        ([*SLOW, 591_133], 1),
        # 3 / 0.98 and 3 / 1.02: within what the first two edges allow, not what the third does.
        ([*STEADY, 306_122], 1),
        ([*STEADY, 294_118], 1),
        # Edge 3 allows less than 0.985 (or more than 1.015), but edge 2 does not: 4 / 0.98.
        ([*STEADY, 304_260, 408_163], 1),
        ([*STEADY, 295_760, 392_157], 1),
        # A bend too sharp for the window so far. Of a belt that moves, 50 us of jitter are allowed
        # as well: 0.0005 counts. From edge 2 to 3, edges 1 and 3 make 1 - 0.0305 counts of it;
        ([*STEADY, 294_081], 1),
        ([*STEADY, 294_080], 2),
        # or 1 + 0.0305.
        ([*STEADY, 306_291], 1),
        ([*STEADY, 306_292], 2),
    ],
)
@pytest.mark.parametrize("way", [1, -1])
def test_the_edges_of_a_window_lie_on_one_line(edges: list[int], begun: int, way: int) -> None:
    assert firsts(5.0, edges, way)[-1] == begun


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(
    ("edges", "begun"),
    [
        ([0, 485_000, 1_000_000], 0),
        ([0, 484_999, 1_000_000], 1),
        ([0, 515_000, 1_000_000], 0),
        ([0, 515_001, 1_000_000], 1),
    ],
)
def test_a_slope_just_as_low_or_as_high_as_allowed_fits(
    edges: list[int], begun: int, way: int
) -> None:
    """2 counts in 1 s are 0.97 in 0.485 s and 1.03 in 0.515 s: for 6 mm the same float."""
    assert firsts(6.0, edges, way)[-1] == begun


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(
    ("edges", "last_us", "begun"),
    [
        ([0, 103_000, 206_000], 303_000, 1),
        ([0, 103_001, 206_000], 303_000, 1),
        ([0, 102_999, 206_000], 303_000, 2),
        ([0, 97_000, 194_000], 297_000, 1),
        ([0, 96_999, 194_000], 297_000, 1),
        ([0, 97_001, 194_000], 297_000, 2),
    ],
)
def test_a_slope_just_as_low_or_as_high_as_allowed_is_chosen(
    edges: list[int], last_us: int, begun: int, way: int
) -> None:
    """2 counts in 0.2 s are 0.97 in 0.097 s and 1.03 in 0.103 s: for 5 mm the same float.

    After a fault no speed is known that could add jitter; the next frame tells this one's speed.
    """
    board = Board(5.0)
    for at_us in edges:
        assert board.edge(BEGIN_US + at_us, way)
    assert not board.frame(BEGIN_US + 210_000, status=1)
    assert board.edge(BEGIN_US + last_us, way)
    assert board.belt.speed_kmh is None
    assert board.frame(BEGIN_US + last_us + 1)
    assert board.mm_us == slope(5.0, way * (3 - begun), last_us - edges[begun])


# ---- edges at one time, and back -----------------------------------------------------------------


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(
    ("after_us", "used"), [(-200, True), (-1, True), (0, True), (1, False), (2, False)]
)
def test_of_edges_at_one_time_or_out_of_order_the_slope_is_from_an_older_one(
    after_us: int, used: bool, way: int
) -> None:
    """1 us after the last edge it is a speed of 5 m in a millisecond, and that is refused."""
    board = Board(5.0)
    for at_us in (100_000, 200_000):
        board.edge(at_us, way)
    assert board.frame(220_000, way, 200_000 + after_us) is used
    assert board.mm_us == slope(5.0, way * (1 + used), 100_000 + used * after_us)


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize("after_us", [-200, -1, 0])
def test_two_first_edges_at_one_time_show_no_speed(after_us: int, way: int) -> None:
    board = Board(5.0)
    board.edge(100_000, way)
    assert board.frame(120_000, way, 100_000 + after_us)
    assert board.mm_us == 0.0
    assert board.edge(200_000, way)
    assert board.mm_us == slope(5.0, way, 100_000 - after_us)


@pytest.mark.parametrize("way", [1, -1])
def test_an_edge_1_us_after_the_first_one_of_a_window_is_of_that_window(way: int) -> None:
    """Only of so fine an encoder (0.1 um) that a count in 1 us is 0.1 m/s is that plausible.

    The frame that is refused has chosen the window: 0.2 m/s at once is too much.
    """
    board = Board(1e-4, age_us=25)
    assert board.frame(100, 3 * way, 99)
    assert board.edge(220, 3 * way)
    assert not board.edge(221, 2 * way)
    assert board.frame(224, way, 221)
    assert board.mm_us == slope(1e-4, way, 1)


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(("passed_us", "used"), [(24_999, False), (25_001, True)])
def test_a_belt_turns_no_faster_than_it_can_brake(passed_us: int, used: bool, way: int) -> None:
    """5 mm in 40 ms is 0.125 m/s: at 5 m/s² that takes 25 ms, and no error is allowed for."""
    for back in (-way, 0):
        board = Board(5.0)
        board.edge(100_000, way)
        board.edge(140_000, way)
        assert board.mm_us == slope(5.0, way, 40_000)
        assert board.frame(140_000 + passed_us, back, 140_100) is used
        assert board.mm_us == slope(5.0, 0 if used else way, 40_000)


@pytest.mark.parametrize("way", [1, -1])
def test_after_an_edge_without_a_count_it_takes_two_to_show_a_speed(way: int) -> None:
    board = Board(5.0)
    board.edge(100_000, 0)
    board.edge(200_000, way)
    assert (board.mm_us, board.belt.travel_mm) == (0.0, 0.0)
    board.edge(300_000, way)
    assert (board.mm_us, board.belt.travel_mm) == (slope(5.0, way, 100_000), 10.0 * way)


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(
    ("steps", "counts", "travel"),
    [
        ([1], 1, 0),
        ([1, 1], 2, 2),
        ([2, 3], 5, 5),
        ([1, 1, 1, -1], 2, 3),
        ([1, 1, 1, -1, -1], 1, 1),
        ([1, -1, 1, -1], 0, 0),
        ([1, -1, -1], -1, -1),
        ([1, -1, 1, 1], 2, 2),
        ([1, 1, -1, 1, -1, -1], 0, 0),
        ([1, 1, 0, 1], 3, 2),
        ([1, 1, 0, 1, 1], 4, 4),
    ],
)
def test_counts_become_a_way_with_the_second_in_one_direction(
    steps: list[int], counts: int, travel: int, way: int
) -> None:
    board = Board(3.0)
    for number, step in enumerate(steps, start=1):
        assert board.edge(number * 1_000_000, way * step)
    assert (board.belt.counts, board.belt.travel_mm) == (way * counts, 3.0 * way * travel)


# ---- what is plausible ---------------------------------------------------------------------------

MAY = 0.15e-3 + 5e-9 * 16_384
"""By how much a speed may change in 16,384 us (mm/us): 0.15 m/s, and 5 m/s² in that time."""
MM = MAY * 16_384
"""A count in 16,384 us is just as fast: dividing by a power of two leaves a float as it is."""


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(("mm", "used"), [(MM, True), (math.nextafter(MM, 99.0), False)])
def test_a_speed_may_change_by_0_15_m_s_and_5_m_s2(mm: float, used: bool, way: int) -> None:
    board = Board(mm)
    board.edge(100_000, way)
    assert board.edge(116_384, way) is used
    assert board.mm_us == (slope(mm, way, 16_384) if used else 0.0)
    assert board.belt.fault is None


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(
    ("mm", "counts", "used"),
    [
        (MM, 2, True),
        (math.nextafter(MM, 99.0), 2, False),
        (MM / 2, 3, True),
        (math.nextafter(MM / 2, 99.0), 3, False),
        (MM / 4, 5, True),
        (math.nextafter(MM / 4, 99.0), 5, False),
    ],
)
def test_the_counts_between_two_frames_are_no_faster_than_the_belt_may_be(
    mm: float, counts: int, used: bool, way: int
) -> None:
    """All but the first, in the 16,384 us up to the last of them; the frame comes with it."""
    board = Board(mm)
    assert board.edge(16_384, way * counts) is used
    assert board.belt.counts == way * counts * used


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(("between_us", "used"), [(15_385, True), (15_384, False)])
def test_a_moving_belt_may_count_faster_by_what_its_speed_may_change(
    between_us: int, used: bool, way: int
) -> None:
    """0.4 m/s, and 0.25 more after 20 ms: 10 mm take 15,385 us, from the last frame on.

    The two counts together are 20 mm in 35 ms, or 0.57 m/s: no less plausible.
    """
    board = Board(10.0)
    for at_us in (100_000, 140_000, 165_000):
        assert board.edge(at_us, way)
    assert board.mm_us == slope(10.0, way, 25_000)
    assert board.frame(185_000)
    assert board.frame(205_000, 2 * way, 185_000 + between_us) is used


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(("mm", "used"), [(50.0, True), (math.nextafter(50.0, 99.0), False)])
def test_an_unknown_speed_is_10_m_s_at_most(mm: float, used: bool, way: int) -> None:
    board = Board(mm, age_us=0)
    assert board.frame(7_000, 2 * way, 5_000) is used


def test_two_counts_are_not_believed_of_an_edge_before_the_last_frame() -> None:
    board = Board(5.0, age_us=0)
    board.frame(20_000)
    assert not board.frame(40_000, 2, 20_000)
    assert board.frame(60_000, 1, 20_000)


# ---- frames that cannot be used ------------------------------------------------------------------

ROW = "three implausible frames in a row: the sensor restarted or slips"
STILL = "the sensor's clock stands still"


def test_the_third_implausible_frame_in_a_row_is_a_fault_and_a_new_beginning() -> None:
    board = Board(5.0)
    board.edge(20_000)
    seen = []
    for number, counts in enumerate([99, 99, 0, 99, 99, 99], start=2):
        used = board.frame(number * 20_000, counts)
        seen.append((used, board.belt.fault, board.belt.faults))
    refused = (False, None, 0)
    assert seen == [refused, refused, (True, None, 0), refused, refused, (False, ROW, 1)]
    assert (board.belt.speed_kmh, board.used_us) == (None, 140_000)
    # It goes on from the third of them, and three more are the next fault.
    for number, faults in enumerate([1, 1, 2], start=8):
        assert not board.frame(number * 20_000, 99)
        assert board.belt.faults == faults
    assert board.frame(220_000)
    assert board.belt.fault is None
    assert (board.belt.counts, board.belt.travel_mm) == (1, 0.0)


def test_a_clock_that_stands_still_is_a_fault_from_the_fifth_frame_on() -> None:
    board = Board(5.0)
    board.frame(20_000)
    late_ns = 0

    def still(times: int) -> list[str | None]:
        nonlocal late_ns
        found = []
        for _ in range(times):
            late_ns += 20_000_000
            assert not board.frame(20_000, late_ns=late_ns)
            found.append(board.belt.fault)
        return found

    assert still(4) == [None] * 4
    assert not board.frame(9_000_000, late_ns=late_ns - 9_000_000_000), "a jump, and no fifth"
    assert still(4) == [None] * 4
    assert board.belt.speed_kmh == 0.0
    assert still(2) == [STILL] * 2
    assert (board.belt.faults, board.belt.speed_kmh, board.used_us) == (2, None, 20_000)
    assert board.frame(late_ns // 1000 + 40_000)
    assert board.belt.fault is None
    assert still(1) == [None]


def test_a_clock_may_stand_still_from_the_first_frame_on() -> None:
    board = Board(5.0)
    faults = []
    for number in range(1, 6):
        assert not board.frame(0, late_ns=number * 20_000_000)
        faults.append(board.belt.fault)
    assert faults == [None] * 4 + [STILL]


def test_a_fault_in_a_frame_makes_the_speed_unknown_until_a_second_frame_bears_it_out() -> None:
    board = Board(5.0)
    for number in (1, 2, 3):
        board.edge(number * 100_000)
    for number in (1, 2):
        assert not board.frame(300_000 + number * 20_000, status=0x10)
        assert board.belt.fault == "the sensor reports a fault (status 10)"
        assert (board.belt.faults, board.belt.speed_kmh) == (number, None)
    assert board.used_us == 300_000
    assert not board.frame(360_000, edge_us=360_001)
    assert board.belt.fault == "an edge lies after its frame"
    assert board.edge(400_000)
    assert (board.belt.fault, board.belt.faults, board.belt.speed_kmh) == (None, 3, None)
    assert board.frame(420_000)
    assert board.mm_us == slope(5.0, 4 - 1, 300_000)


@pytest.mark.parametrize(
    ("late_ns", "used"),
    [
        (500_000_999, True),
        (500_001_000, False),
        (-100_000_000, True),
        (-100_000_001, False),
    ],
)
def test_how_late_and_how_early_a_frame_may_come(late_ns: int, used: bool) -> None:
    board = Board(5.0)
    assert board.frame(30_000_000, late_ns=late_ns) is used


@pytest.mark.parametrize(("silent_ns", "anew"), [(60_000_000_999, False), (60_000_001_000, True)])
def test_after_a_minute_of_silence_any_clock_and_count_will_do(silent_ns: int, anew: bool) -> None:
    board = Board(5.0)
    board.edge(1_000_000)
    board.edge(1_100_000)
    late_ns = 600_000_000 + silent_ns
    assert board.frame(500_000, 77, 500_000, late_ns=late_ns, skipped=9) is anew
    assert board.used_us == pytest.approx(60_000_001 + 1_100_000 if anew else 1_100_000, abs=0.001)
    assert (board.belt.counts, board.belt.travel_mm, board.belt.lost) == (2, 10.0, 0)
    assert (board.belt.speed_kmh is None) is anew


def test_after_a_minute_of_silence_frames_that_stood_still_before_it_do_not_count() -> None:
    board = Board(5.0)
    for number in range(1, 5):
        assert not board.frame(0, late_ns=number * 20_000_000)
    minute_us = 61_000_000
    assert board.frame(minute_us)
    for number in range(1, 5):
        assert not board.frame(minute_us, late_ns=number * 20_000_000)
        assert (board.belt.fault, board.belt.faults) == (None, 0)
    assert not board.frame(minute_us, late_ns=100_000_000)
    assert (board.belt.fault, board.belt.faults) == (STILL, 1)


def test_a_frame_from_which_all_begins_has_no_fault_of_the_one_before_it() -> None:
    belt = BeltSpeed(5.0)
    assert not belt.use(Frame(0, 20_000, 0, 0, 1), 0)
    assert belt.fault == "the sensor reports a fault (status 01)"
    assert belt.use(Frame(1, 40_000, 0, 0, 0), 20_000_000)
    assert belt.fault is None
    assert not belt.use(Frame(2, 60_000, 0, 0, 1), 40_000_000)
    assert belt.fault is not None
    assert belt.use(Frame(3, 80_000, 0, 0, 0), 61_000_000_000)
    assert (belt.fault, belt.faults, belt.speed_kmh) == (None, 2, None)


@pytest.mark.parametrize(
    ("ahead_us", "used", "fault"),
    [
        (102_000, True, None),
        (102_001, False, "the sensor's clock runs at another speed than the kiosk's"),
    ],
)
def test_a_clock_that_runs_ahead_is_a_fault_from_a_microsecond_on(
    ahead_us: int, used: bool, fault: str | None
) -> None:
    """A tenth of a second, and a twentieth of the 40 ms since the second that it is held against.

    Our clock counts whole microseconds: what is left over of one is on no frame's side.
    """
    board = Board()
    for number in range(1, 52):
        assert board.frame(number * 20_000, late_ns=999)
    assert board.frame(1_040_000 + 60_000, late_ns=-60_000_000)
    assert board.belt.speed_kmh == 0.0
    assert board.frame(1_060_000 + ahead_us, late_ns=-ahead_us * 1000) is used
    assert (board.belt.fault, board.belt.faults) == (fault, 0 if used else 1)
    assert board.belt.speed_kmh == (0.0 if used else None)


# ---- lost frames ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frames", "lost"),
    [
        # u: used, .: lost, x: refused, !: with a fault, =: sent twice
        ("u", 0),
        (".u", 1),
        ("..u.u", 3),
        ("x.u", 1),
        (".x.u", 2),
        ("xxu", 0),
        ("xx.u", 1),
        ("xu.u", 1),
        ("!!u", 0),
        ("!!.u", 1),
        ("!.!u.u", 2),
        ("==u", 0),
        ("=.u", 1),
        ("==!.u", 1),
        ("xxx.u", 1),
        (".xxx.u", 1),
        ("uxxx.u", 1),
    ],
)
def test_a_frame_is_lost_if_its_number_never_came(frames: str, lost: int) -> None:
    """What was lost before a new beginning (xxx) is not told."""
    board = Board(5.0)
    skipped = sent_us = 0
    for number, what in enumerate(frames, start=1):
        at_us = number * 20_000
        match what:
            case ".":
                skipped += 1
                continue
            case "=":
                assert not board.frame(sent_us, skipped=-1)
                continue
            case "x":
                board.frame(at_us, 999, skipped=skipped)
            case "!":
                board.frame(at_us, status=1, skipped=skipped)
            case _:
                assert board.frame(at_us, skipped=skipped)
        skipped, sent_us = 0, at_us
    assert board.belt.lost == lost


def test_a_new_belt_knows_nothing_and_a_fault_comes_before_all_else() -> None:
    belt = BeltSpeed(5.0)
    assert (belt.speed_kmh, belt.used_ns, belt.fault) == (None, None, None)
    assert (belt.travel_mm, belt.counts, belt.faults, belt.lost) == (0.0, 0, 0, 0)
    assert not belt.use(Frame(7, 20_000, 0, 0, 0x01), HOST_NS)
    assert (belt.speed_kmh, belt.used_ns, belt.faults) == (None, None, 1)
    assert belt.use(Frame(9, 60_000, 0, 0, 0), HOST_NS + 40_000_000)
    assert belt.use(Frame(11, 100_000, 0, 0, 0), HOST_NS + 80_000_000)
    assert (belt.fault, belt.faults, belt.lost) == (None, 1, 1)
