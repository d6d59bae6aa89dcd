import numpy as np
import pytest

from otklik.pipelines.beliefs import beliefs_of
from otklik.pipelines.cluster import cluster
from otklik.pipelines.neighbours import nearest

pytest.importorskip("sknetwork")


def make_vectors(topics=6, each=40, dim=48, seed=3, noise=0.35):
    """Crowded vectors, as an encoder gives them, and the topic of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(topics, dim))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    truth = np.repeat(np.arange(topics), each)
    vectors = 3.0 * np.ones(dim) / np.sqrt(dim) + centres[truth]
    vectors += noise * rng.normal(size=vectors.shape) / np.sqrt(dim) * 3
    return unit(vectors), truth


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def as_sets(labels):
    return {frozenset(np.flatnonzero(labels == n).tolist()) for n in set(labels.tolist()) - {-1}}


def test_finds_what_is_alike():
    vectors, truth = make_vectors(noise=0.2)
    labels = cluster(vectors)
    assert as_sets(labels) == as_sets(truth)


@pytest.mark.parametrize("seed", range(5))
def test_order_changes_no_number(seed):
    vectors, truth = make_vectors(noise=0.5)
    vectors[:9] = vectors[100:109]
    blocks = [("ЖКХ", "Дороги", None)[number % 3] for number in truth]
    order = np.random.default_rng(seed).permutation(len(vectors))
    labels = cluster(vectors, blocks)
    shuffled = cluster(vectors[order], [blocks[row] for row in order])
    np.testing.assert_array_equal(shuffled, labels[order])


def test_same_again():
    vectors, _ = make_vectors(noise=0.5)
    np.testing.assert_array_equal(cluster(vectors), cluster(vectors))


def test_no_cluster_crosses_blocks():
    vectors, _ = make_vectors()
    blocks = [("Дороги", "ЖКХ")[row % 2] for row in range(len(vectors))]
    labels = cluster(vectors, blocks)
    for number in set(labels.tolist()) - {-1}:
        assert len({blocks[row] for row in np.flatnonzero(labels == number)}) == 1
    assert len(as_sets(labels)) == 12


def test_a_block_does_not_depend_on_names_or_numbers_of_others():
    vectors, truth = make_vectors()
    named = cluster(vectors, ["А" if number < 3 else "Б" for number in truth])
    renamed = cluster(vectors, ["Я" if number < 3 else "Б" for number in truth])
    assert as_sets(named) == as_sets(renamed)


def test_missing_groups_are_one_block():
    vectors, _ = make_vectors(topics=1, each=12, noise=0.1)
    blocks = [None, float("nan")] * 6
    assert set(cluster(vectors, blocks).tolist()) == set(cluster(vectors).tolist())


def test_copies_go_together_and_bend_nothing():
    vectors, _ = make_vectors(noise=0.4)
    plain = cluster(vectors)
    copied = cluster(np.concatenate([vectors, np.repeat(vectors[:1], 500, axis=0)]))
    assert set(copied[len(vectors) :].tolist()) == {int(copied[0])}
    assert as_sets(copied[: len(vectors)]) == as_sets(plain)


def test_largest_cluster_is_number_nought():
    vectors, _ = make_vectors(noise=0.4)
    labels = cluster(np.concatenate([vectors, np.repeat(vectors[50:51], 300, axis=0)]))
    sizes = np.bincount(labels[labels >= 0])
    assert labels[50] == 0
    assert (np.diff(sizes) <= 0).all()


@pytest.mark.parametrize("rows", [0, 1, 2])
@pytest.mark.parametrize("engine", ["graph", "bertopic"])
def test_too_few_are_outliers(rows, engine):
    vectors, _ = make_vectors()
    labels = cluster(vectors[:rows], engine=engine)
    assert labels.dtype == np.int64
    assert labels.tolist() == [-1] * rows


def test_three_copies_are_a_cluster():
    vectors, _ = make_vectors()
    assert cluster(np.repeat(vectors[:1], 3, axis=0)).tolist() == [0, 0, 0]
    assert cluster(np.repeat(vectors[:1], 2, axis=0), min_size=2).tolist() == [0, 0]


def test_no_text_no_cluster():
    vectors, _ = make_vectors()
    vectors[[3, 5, 7, 9]] = 0.0
    assert cluster(vectors)[[3, 5, 7, 9]].tolist() == [-1] * 4
    assert cluster(np.zeros((4, 8), dtype=np.float32)).tolist() == [-1] * 4


def test_a_lone_voice_is_an_outlier():
    vectors, _ = make_vectors(noise=0.1)
    stranger = np.zeros((1, vectors.shape[1]), dtype=np.float32)
    stranger[0, 0] = -1.0
    labels = cluster(np.concatenate([vectors, stranger]), [*["А"] * len(vectors), "Б"])
    assert labels[-1] == -1


def test_resolution_makes_more_clusters():
    vectors, _ = make_vectors(noise=0.6)
    few, many = (len(as_sets(cluster(vectors, resolution=r))) for r in (0.3, 6.0))
    assert few < many


def test_wrong_arguments_are_refused():
    vectors, _ = make_vectors()
    with pytest.raises(ValueError, match="expected one of graph, bertopic"):
        cluster(vectors, engine="kmeans")
    with pytest.raises(ValueError, match="1 blocks for 240 vectors"):
        cluster(vectors, ["ЖКХ"])
    vectors[0, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        cluster(vectors)


def test_cells_find_most_of_the_nearest():
    vectors, _ = make_vectors(topics=40, each=150, noise=0.6)
    exact, cosines = nearest(vectors, 10)
    found, close = nearest(vectors, 10, exact=1000)
    assert not (found == np.arange(len(vectors))[:, None]).any()
    assert (np.diff(close, axis=1) <= 0).all()
    shared = [len(set(a) & set(b)) for a, b in zip(exact.tolist(), found.tolist(), strict=True)]
    assert np.mean(shared) >= 9
    assert close.mean() == pytest.approx(cosines.mean(), abs=0.01)


def test_nearest_wants_fewer_than_all():
    vectors, _ = make_vectors()
    with pytest.raises(ValueError, match="expected 1 to 239"):
        nearest(vectors, 240)


@pytest.mark.slow
def test_bertopic_is_the_second_engine():
    pytest.importorskip("bertopic")
    vectors, truth = make_vectors(topics=4, each=60, noise=0.1)
    order = np.random.default_rng(1).permutation(len(vectors))
    labels = cluster(vectors, engine="bertopic", min_size=10)
    assert as_sets(labels) == as_sets(truth)
    np.testing.assert_array_equal(
        cluster(vectors[order], engine="bertopic", min_size=10), labels[order]
    )


def answers(truth, *, sure=0.9, names=("Ямы", "Разметка", "Знаки")):
    """What a model says of messages of these topics: the right one, and the next one in doubt."""
    return [
        {"topic": ((names[n % 3], sure), (names[(n + 1) % 3], 1 - sure))} for n in truth.tolist()
    ]


def test_answers_part_what_the_vectors_cannot():
    vectors, truth = make_vectors(topics=3, noise=0.2)
    alike = np.where(truth == 1, 0, truth)  # two topics in the same words
    vectors[truth == 1] = vectors[truth == 0] + unit(np.eye(40, 48)) * np.float32(0.05)
    vectors = unit(vectors)
    assert as_sets(cluster(vectors)) == as_sets(alike)
    assert as_sets(cluster(vectors, None, beliefs_of(answers(truth)))) == as_sets(truth)


def test_without_answers_the_vectors_decide():
    vectors, truth = make_vectors(noise=0.5)
    half = [one if row % 2 else {} for row, one in enumerate(answers(truth))]
    blocks = ["ЖКХ" if row % 2 else "Дороги" for row in range(len(truth))]
    plain, told = cluster(vectors, blocks), cluster(vectors, blocks, beliefs_of(half))
    mute = np.array(blocks) == "Дороги"
    assert as_sets(told[mute]) == as_sets(plain[mute])


@pytest.mark.parametrize("seed", range(3))
def test_order_changes_no_number_with_answers(seed):
    vectors, truth = make_vectors(noise=0.5)
    vectors[:9] = vectors[100:109]  # the same words, answered by two versions of a model
    said = answers(truth)
    order = np.random.default_rng(seed).permutation(len(vectors))
    labels = cluster(vectors, None, beliefs_of(said))
    shuffled = cluster(vectors[order], None, beliefs_of(said[row] for row in order))
    np.testing.assert_array_equal(shuffled, labels[order])


def test_labels_that_others_were_given_change_nothing():
    vectors, truth = make_vectors(noise=0.5)
    said = answers(truth)
    more = beliefs_of([*said, {"topic": (("Бордюры", 0.5), ("Яма", 0.5))}])
    labels = cluster(vectors, None, beliefs_of(said))
    np.testing.assert_array_equal(cluster(vectors, None, more.part(np.arange(len(said)))), labels)


def test_beliefs_of_another_length_are_refused():
    vectors, truth = make_vectors()
    with pytest.raises(ValueError, match="239 rows of beliefs for 240 vectors"):
        cluster(vectors, None, beliefs_of(answers(truth[1:])))
