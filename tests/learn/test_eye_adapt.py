"""A network's batch normalisation by the participant's own frames: without labels, of nobody else, in no checkpoint."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from myoscene.learn.models.eye_cnn.model import LEAST, MOST, EyeCnn, adapted, reference_frames
from myoscene.learn.models.registry import load_predictor
from myoscene.learn.models.settings import EyeCnnSettings
from myoscene.learn.scores.evaluate import held_out_predictions
from torch import nn

from learn import eye_builders as b
from learn.test_eyes import frames_of, train


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return b.write_eye_cohort(tmp_path_factory.mktemp("eyes"))


@pytest.fixture(scope="module")
def checkpoint(folder: Path) -> Path:
    return train(folder, folder, epochs=2, adapt=1.0)


def norms(network: nn.Module) -> list[nn.BatchNorm2d]:
    return [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]


def test_statistics_are_mixed_by_their_share() -> None:
    torch.manual_seed(1)
    network = EyeCnn(3, 2, EyeCnnSettings(widths=[4, 6], dropout=0.0)).eval()
    images = torch.randn(40, 1, 8, 16, generator=torch.Generator().manual_seed(0)) * 3 + 1
    first = network.stages[0](images)
    whole, half = adapted(network, images, 1.0), adapted(network, images, 0.5)
    torch.testing.assert_close(norms(whole)[0].running_mean, first.mean(dim=(0, 2, 3)))
    torch.testing.assert_close(norms(whole)[0].running_var, first.var(dim=(0, 2, 3)))
    for old, own, mixed in zip(norms(network), norms(whole), norms(half), strict=True):
        torch.testing.assert_close(mixed.running_mean, (old.running_mean + own.running_mean) / 2)
    assert not whole.training and all(torch.equal(layer.running_mean, torch.zeros(len(layer.running_mean)))
                                      for layer in norms(network))  # fmt: skip
    for name, weight in network.named_parameters():
        assert torch.equal(weight, dict(whole.named_parameters())[name]), "weights stay"


def test_labelled_frames_count_whichever_label_they_have(folder: Path) -> None:
    table, frames = frames_of(folder, ["p02"])
    turned = table.assign(label=table["label"].to_numpy()[::-1])
    assert np.array_equal(reference_frames(table, frames, b.CLASSES).rows, frames.rows)
    assert np.array_equal(reference_frames(turned, frames, b.CLASSES).rows, frames.rows)
    half = table.assign(label=table["label"].where(np.arange(len(table)) % 2 == 0, None))
    assert np.array_equal(reference_frames(half, frames, b.CLASSES).rows, frames.rows[::2])
    none = table.assign(label=None)
    assert np.array_equal(reference_frames(none, frames, b.CLASSES).rows, frames.rows)
    many = np.zeros(5 * MOST, dtype=np.int64)
    long = pd.DataFrame({"label": [b.CLASSES[0]] * len(many)})
    assert len(reference_frames(long, frames.take(many), b.CLASSES)) == MOST


def test_everybody_is_predicted_by_the_own_statistics_alone(folder: Path, checkpoint: Path) -> None:
    predictor = load_predictor(checkpoint)
    before = checkpoint.read_bytes()
    together = held_out_predictions(predictor, b.cohort(folder), ("p01", "p02"))
    for person in ("p01", "p02"):
        alone = held_out_predictions(predictor, b.cohort(folder), (person,))
        part = together[together["participant"] == person].reset_index(drop=True)
        pd.testing.assert_frame_equal(part, alone)
        table, frames = frames_of(folder, [person])
        values = predictor.adapted_to(table, frames).predict_frames(frames)
        assert np.array_equal(values, alone[[f"p_{name}" for name in predictor.classes]].to_numpy())
        assert np.abs(values - predictor.predict_frames(frames)).max() > 0.01, "it makes a difference"
    assert checkpoint.read_bytes() == before


def test_a_few_frames_are_no_statistics_and_without_a_share_nothing_changes(folder: Path, checkpoint: Path) -> None:
    table, frames = frames_of(folder, ["p02"])
    predictor = load_predictor(checkpoint)
    few = np.arange(LEAST - 1)
    assert predictor.adapted_to(table.iloc[few], frames.take(few)) is predictor
    predictor.settings = replace(predictor.settings, adapt=0.0)
    assert predictor.adapted_to(table, frames) is predictor


def test_what_is_at_hand_must_have_the_size_of_the_training(folder: Path, checkpoint: Path) -> None:
    from myoscene.core.errors import InputError

    table, frames = frames_of(folder, ["p02"])
    with pytest.raises(InputError, match="the model 'eye_cnn' was trained on"):
        load_predictor(checkpoint).adapted_to(table, replace(frames, n_eyes=1))
