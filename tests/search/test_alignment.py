"""Merging pieces into words, by hand."""

import numpy as np
import pytest

from seq2seq_cli.search.alignment import Alignment, merge_alignment, merge_weights

PIECES = Alignment(
    source=("un", "known", "word", "</s>"),
    target=("mot", "in", "connu", "</s>"),
    weights=np.array(
        [
            [0.1, 0.2, 0.6, 0.1],
            [0.3, 0.5, 0.1, 0.1],
            [0.5, 0.1, 0.2, 0.2],
            [0.0, 0.1, 0.1, 0.8],
        ]
    ),
    log_probs=(-0.5, -1.0, -2.0, -0.25),
    source_known=(True, False, True, True),
    source_end=True,
    target_end=True,
)


def merged() -> Alignment:
    return merge_alignment(
        PIECES,
        source_groups=[[0, 1], [2], [3]],
        target_groups=[[0], [1, 2], [3]],
        source_words=["unknown", "word", "</s>"],
        target_words=["mot", "inconnu", "</s>"],
    )


def test_source_pieces_add_up_and_target_pieces_are_averaged() -> None:
    expected = [
        [0.3, 0.6, 0.1],
        [(0.8 + 0.6) / 2, (0.1 + 0.2) / 2, (0.1 + 0.2) / 2],
        [0.1, 0.1, 0.8],
    ]
    np.testing.assert_allclose(merged().weights, expected, rtol=0, atol=1e-15)


def test_rows_still_sum_to_one() -> None:
    np.testing.assert_allclose(merged().weights.sum(axis=1), 1.0, rtol=0, atol=1e-15)


def test_log_probabilities_of_pieces_add_up() -> None:
    assert merged().log_probs == pytest.approx((-0.5, -3.0, -0.25))


def test_a_word_is_known_if_all_its_pieces_are() -> None:
    assert merged().source_known == (False, True, True)


def test_labels_and_ends_stay() -> None:
    found = merged()
    assert found.source == ("unknown", "word", "</s>")
    assert found.target == ("mot", "inconnu", "</s>")
    assert found.source_end
    assert found.target_end


def test_a_target_without_words_has_no_rows() -> None:
    found = merge_alignment(
        PIECES, source_groups=[[0, 1], [2, 3]], target_groups=[], source_words=[], target_words=[]
    )
    assert found.weights.shape == (0, 2)


def test_a_source_piece_of_several_words_is_divided_among_them() -> None:
    weights = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1]])
    found = merge_weights(weights, source_groups=[[0], [0], [1, 2]], target_groups=[[0, 1], [1]])
    np.testing.assert_allclose(found, [[0.2, 0.2, 0.6], [0.1, 0.1, 0.8]], rtol=0, atol=1e-15)
