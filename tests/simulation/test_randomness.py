import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.simulation.randomness import Streams, expand, pick

SPLITMIX_OF_ZERO = (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F)


def test_the_mixer_gives_the_published_numbers_of_splitmix64():
    streams = Streams(1)
    streams._keys["known"] = np.uint64(0)
    words = streams.words("known", np.zeros(3, np.int64), 0, np.array([1, 2, 3]))
    assert tuple(int(word) for word in words) == SPLITMIX_OF_ZERO


def test_a_draw_depends_on_nothing_but_its_stream_subject_day_and_index():
    streams = Streams(3)
    people, days = np.arange(50), np.arange(20_000, 20_030)
    block = streams.uniform("visit", people[:, None], days[None, :])
    assert block[17, 5] == streams.uniform("visit", people[17:18], 20_005)[0]
    assert block[17, 5] != streams.uniform("order", people[17:18], 20_005)[0]
    assert block[17, 5] != Streams(4).uniform("visit", people[17:18], 20_005)[0]


def test_draws_are_uniform_and_neighbours_are_uncorrelated():
    u = Streams(5).uniform("x", np.arange(400)[:, None], np.arange(20_000, 20_500)[None, :])
    count = u.size
    # Five standard errors of a uniform's mean (1/sqrt(12 n)) and of a correlation (1/sqrt(n)).
    assert abs(u.mean() - 0.5) < 5 / np.sqrt(12 * count)
    for left, right in ((u[1:], u[:-1]), (u[:, 1:], u[:, :-1])):
        assert abs(np.corrcoef(left.ravel(), right.ravel())[0, 1]) < 5 / np.sqrt(left.size)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=8))
def test_expand_numbers_every_copy(counts):
    rows, copies = expand(np.array(counts, np.int64))
    expected = [(row, copy) for row, count in enumerate(counts) for copy in range(count)]
    assert list(zip(rows.tolist(), copies.tolist(), strict=True)) == expected


def test_pick_takes_the_column_whose_share_the_draw_falls_in():
    cumulative = np.array([[0.2, 0.5, 1.0]] * 4)
    assert pick(cumulative, np.array([0.0, 0.2, 0.499, 0.999])).tolist() == [0, 1, 1, 2]
