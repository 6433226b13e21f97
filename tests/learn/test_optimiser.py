"""AdamW in its functional form against torch's class, and what a training loads."""

import subprocess
import sys

import pytest
import torch
from myoscene.learn.engine.optimiser import AdamW

STEPS = 7

# In a process of its own, since other tests may have loaded anything.
TRAIN = """
import sys, torch
from myoscene.learn.engine.loop import Run, Shown, train
from myoscene.learn.engine.settings import TrainingSettings
from myoscene.learn.engine.task import Execution

class Course:
    weights = torch.ones(2)
    losses = iter([1.0, 0.5])

    def batches(self, generator):
        return [0]

    def shown(self, batch, generator):
        return Shown((torch.ones(4, 3),), torch.zeros(4, dtype=torch.long))

    def validate(self, network, device):
        return {"validation_loss": next(self.losses), "validation_balanced_accuracy": 0.5}

SETTINGS = TrainingSettings(2, 2, batch_size=4, learning_rate=0.01, weight_decay=0.1, label_smoothing=0.0)
[(_, history)] = train([Run(torch.nn.Linear(3, 2), Course(), SETTINGS, 1, Execution())])
assert history[1]["training_loss"] < history[0]["training_loss"], history
print("torch._dynamo" in sys.modules)
"""


def network() -> torch.nn.Sequential:
    """With a layer that no loss reaches."""
    torch.manual_seed(3)
    return torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Linear(4, 3), torch.nn.Linear(3, 3))


def gradients(trained: torch.nn.Sequential, step: int) -> None:
    """Of the first two layers."""
    data = torch.randn(6, 5, generator=torch.Generator().manual_seed(step))
    trained[2](trained[1](trained[0](data))).square().mean().backward()


@pytest.mark.parametrize("weight_decay", [0.0, 0.05])
def test_the_weights_are_those_of_torch(weight_decay: float) -> None:
    ours, theirs = network(), network()
    start = [parameter.detach().clone() for parameter in ours.parameters()]
    optimiser = AdamW(ours.parameters(), 0.01, weight_decay)
    expected = torch.optim.AdamW(theirs.parameters(), lr=0.01, weight_decay=weight_decay, foreach=False)
    for step in range(STEPS):
        optimiser.rate = expected.param_groups[0]["lr"] = 0.01 / (1 + step)
        optimiser.zero_grad()
        expected.zero_grad(set_to_none=True)
        gradients(ours, step)
        gradients(theirs, step)
        optimiser.step()
        expected.step()
    for before, mine, other in zip(start, ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, other)
        assert torch.equal(mine, before) == (mine.grad is None), "exactly what has a gradient moves"


def test_restored_moments_go_on_alike() -> None:
    through, cut = network(), network()
    first, second = AdamW(through.parameters(), 0.01, 0.1), AdamW(cut.parameters(), 0.01, 0.1)
    for step in range(STEPS):
        if step == 3:
            kept = second.moments()
            second = AdamW(cut.parameters(), 0.01, 0.1)
            second.restore(kept)
            kept[0]["exp_avg"].zero_()  # a copy, so this changes nothing
        for optimiser, trained in ((first, through), (second, cut)):
            optimiser.zero_grad()
            gradients(trained, step)
            optimiser.step()
    assert all(torch.equal(a, b) for a, b in zip(through.parameters(), cut.parameters(), strict=True))
    assert all(float(state["step"]) == STEPS for state in first.moments()[:4])


def test_a_training_does_not_load_torchs_compiler() -> None:
    done = subprocess.run([sys.executable, "-c", TRAIN], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
