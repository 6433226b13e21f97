"""InceptionV3: its parameters and arithmetic are torchvision's; its weights come from the user or not at all."""

import hashlib
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from myoscene.core.errors import InputError
from myoscene.learn.models.eye_inception.embed import EyeInception, finetunable_network, frozen_network
from myoscene.learn.models.eye_inception.network import WIDTH, InceptionV3
from myoscene.learn.models.eye_inception.weights import check_weights, expected_shapes, load_weights
from safetensors.torch import load_file

from learn import inception_builders as ib

# SHA-256 of the sorted lines "name shape" (sizes joined by x, "" for a scalar) of
# torchvision.models.Inception3(init_weights=False).state_dict(), torchvision 0.28.0; 580 lines.
NAMES_SHA256 = "bb1903caf15217f2426a9bea1cad946d86526f853ff09fb5d7d93fa275bfda5b"
# As torchvision states them for its pretrained file, Inception_V3_Weights.IMAGENET1K_V1.meta["num_params"].
PARAMETERS = 27161264


def test_names_and_shapes_are_torchvisions() -> None:
    shapes = expected_shapes()
    lines = sorted(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items())
    assert len(lines) == 580
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == NAMES_SHA256
    assert shapes["Conv2d_1a_3x3.conv.weight"] == (32, 3, 3, 3)
    assert shapes["Mixed_5b.branch5x5_2.conv.weight"] == (64, 48, 5, 5)
    assert shapes["Mixed_6c.branch7x7dbl_4.conv.weight"] == (160, 160, 7, 1)
    assert shapes["Mixed_7c.branch3x3dbl_3b.bn.running_var"] == (384,)
    assert shapes["Mixed_7a.branch7x7x3_4.bn.num_batches_tracked"] == ()
    assert shapes["AuxLogits.conv1.conv.weight"] == (768, 128, 5, 5)
    assert shapes["AuxLogits.fc.weight"] == (1000, 768)
    assert shapes["fc.weight"] == (1000, WIDTH)
    with torch.device("meta"):
        assert sum(parameter.numel() for parameter in InceptionV3().parameters()) == PARAMETERS


# Scores of the first five classes by torchvision's Inception3(init_weights=False, transform_input=True).eval(),
# torchvision 0.28.0, of the weights and the image that the test writes out.
TORCHVISIONS = [-1.017544, 0.032001, -0.910334, -1.023807, -0.545352]


def test_scores_are_those_that_torchvision_gave() -> None:
    own = InceptionV3().eval()
    own.load_state_dict(ib.written_out_state())
    image = ib.written_out(0, 3 * 139 * 139).reshape(1, 3, 139, 139).to(torch.float32)
    with torch.inference_mode():
        found = own(image)[0]
    torch.testing.assert_close(found[:5], torch.tensor(TORCHVISIONS), rtol=1e-3, atol=1e-4)


def torchvisions() -> Any:
    """Torchvision's network with the transformation that its pretrained weights come with."""
    try:
        from torchvision.models.inception import Inception3
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"torchvision, no dependency of this package, is not there to compare with ({error})")
    return Inception3(init_weights=False, transform_input=True)


@pytest.mark.parametrize("side", [75, 299])
def test_numbers_are_torchvisions(side: int) -> None:
    other, own = torchvisions(), ib.network()
    other.load_state_dict(own.state_dict())
    images = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected, found = other.eval()(images), own.eval()(images)
    assert float(expected.std()) > 1e-3
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_what_the_weights_see_of_grey_values() -> None:
    """Grey 0 to 255 arrives at the first layer as -1 to 1 in all three channels, whatever ImageNet's mean is."""
    network = EyeInception(2, 0.0, ib.SIDE).eval()
    seen: list[torch.Tensor] = []
    network.get_submodule("Conv2d_1a_3x3").register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    grey = torch.tensor([0.0, 127.5, 255.0])
    with torch.inference_mode():
        network(((grey - 127.5) / 128)[:, None, None, None].expand(3, 1, 12, 32))
    expected = (2 * grey / 255 - 1)[:, None, None, None].expand(3, 3, ib.SIDE, ib.SIDE)
    torch.testing.assert_close(seen[0], expected, rtol=0, atol=1e-5)


def test_left_stays_left_when_frames_are_resized() -> None:
    image = torch.zeros(1, 1, 12, 32)
    image[..., :16] = 1
    colours = EyeInception(2, 0.0, 100).colours(image)
    assert float(colours[..., :40].min()) > float(colours[..., 60:].max())


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    path = tmp_path_factory.mktemp("weights") / "inception.safetensors"
    return path, ib.save_weights(path)


def test_both_formats_give_the_same_network(saved: tuple[Path, str], tmp_path: Path) -> None:
    path, checksum = saved
    first = load_weights(path, checksum.upper())
    # Files from before batch normalisation counted its batches lack that count.
    old = {name: tensor for name, tensor in load_file(path).items() if not name.endswith("num_batches_tracked")}
    second = load_weights(tmp_path / "old.pth", ib.save_weights(tmp_path / "old.pth", old))
    assert set(first) == set(second) == set(expected_shapes())
    assert all(torch.equal(first[name], second[name]) for name in first)
    InceptionV3().load_state_dict(second)


def test_a_network_keeps_the_files_trunk(saved: tuple[Path, str]) -> None:
    path, checksum = saved
    state = load_file(path)
    for network in (frozen_network(path, checksum), finetunable_network(path, checksum, 3, 0.2, seed=4)):
        own = network.state_dict()
        assert {name for name in state if name not in own} == {name for name in state if name.startswith("AuxLogits.")}
        assert all(torch.equal(own[name], state[name]) for name in own if not name.startswith("fc."))
    again = finetunable_network(path, checksum, 3, 0.2, seed=4).fc.weight
    other = finetunable_network(path, checksum, 3, 0.2, seed=5).fc.weight
    assert torch.equal(again, network.fc.weight)
    assert not torch.equal(again, other)


GOOD = "a" * 64


@pytest.mark.parametrize(
    ("name", "checksum", "said"),
    [
        (None, GOOD, "learn.eye_inception.weights"),
        ("", GOOD, "learn.eye_inception.weights"),
        ("absent.pth", GOOD, "there is no '.*absent.pth'"),
        ("weights.onnx", GOOD, r"\.pth, \.pt or \.safetensors"),
        ("weights.pth", None, "learn.eye_inception.sha256"),
        ("weights.pth", "", "learn.eye_inception.sha256"),
        ("weights.pth", "abc", "64 hexadecimal digits.*'abc'"),
    ],
)
def test_a_configuration_without_usable_weights_is_refused(
    name: str | None, checksum: str | None, said: str, tmp_path: Path
) -> None:
    for there in ("weights.pth", "weights.onnx"):
        (tmp_path / there).write_bytes(b"something")
    path = str(tmp_path / name) if name else name
    with pytest.raises(InputError, match=f"eye_inception needs .*{said}"):
        check_weights(path, checksum)
    with pytest.raises(InputError, match=f"eye_inception needs .*{said}"):
        load_weights(path, checksum)


def test_a_usable_configuration_passes_without_its_hash_being_taken(tmp_path: Path) -> None:
    (tmp_path / "weights.PTH").write_bytes(b"something")
    check_weights(str(tmp_path / "weights.PTH"), GOOD)


def test_the_check_of_the_configuration_loads_no_torch() -> None:
    code = (
        "import sys; import myoscene.learn.models.eye_inception.weigh"
        "ts; assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_another_file_than_the_checksums_is_refused(saved: tuple[Path, str]) -> None:
    path, checksum = saved
    with pytest.raises(InputError, match=f"eye_inception needs .*'{path}' has SHA-256 {checksum} instead"):
        load_weights(path, GOOD)


class Touch:
    """Unpickling one of these writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.write_text, (self.path, "ran")


def refused(path: Path) -> str:
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(InputError, match="eye_inception needs ") as caught:
        load_weights(path, checksum)
    return str(caught.value)


def test_a_pickle_with_anything_but_tensors_is_refused_and_never_run(tmp_path: Path) -> None:
    trace = tmp_path / "ran.txt"
    torch.save({"weight": torch.zeros(1), "more": Touch(trace)}, tmp_path / "torch.pth")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps({"more": Touch(trace)}, protocol=2))
    torch.save(torch.nn.Linear(2, 2), tmp_path / "module.pth")
    for name in ("torch.pth", "plain.pt", "module.pth"):
        assert "a pickle with other things in it" in refused(tmp_path / name)
    assert not trace.exists()
    pickle.loads((tmp_path / "plain.pt").read_bytes())
    assert trace.exists(), "a file that would not have run anyway shows nothing"


def test_files_that_hold_no_state_are_refused(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    assert "holds a list" in refused(tmp_path / "list.pth")
    torch.save({"state_dict": {"a": torch.zeros(1)}, "epoch": 3}, tmp_path / "training.pth")
    assert "holds state_dict, epoch beside or instead" in refused(tmp_path / "training.pth")
    for name in ("cut.pth", "cut.safetensors"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 no such thing")
        assert "cannot be read as one" in refused(tmp_path / name) or "a pickle" in refused(tmp_path / name)
    torch.save({}, tmp_path / "empty.pth")
    assert "state_dict" in refused(tmp_path / "empty.pth")


def test_other_names_and_shapes_are_refused_by_name(saved: tuple[Path, str], tmp_path: Path) -> None:
    state = load_file(saved[0])
    path = tmp_path / "other.safetensors"
    renamed = {f"module.{name}": tensor for name, tensor in state.items()}
    ib.save_weights(path, renamed)
    message = refused(path)
    assert "lacks AuxLogits.conv0.bn.bias, AuxLogits.conv0.bn.running_mean" in message
    assert "has module.AuxLogits.conv0.bn.bias" in message
    assert "more" in message
    ib.save_weights(path, {name: tensor for name, tensor in state.items() if not name.startswith("AuxLogits.")})
    assert "lacks AuxLogits.conv0.bn.bias" in refused(path)
    ib.save_weights(path, {**state, "fc.weight": torch.zeros(5, WIDTH), "fc.bias": torch.zeros(5)})
    assert "fc.bias (5, not 1000), fc.weight (5 x 2048, not 1000 x 2048)" in refused(path)
    ib.save_weights(path, {**state, "fc.bias": torch.full((1000,), torch.nan)})
    assert "fc.bias" in refused(path)
    ib.save_weights(path, {**state, "fc.bias": torch.zeros(1000, dtype=torch.int32)})
    assert "fc.bias" in refused(path)
