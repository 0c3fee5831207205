"""The tower of btok-tiny: against the package that its weights come from."""

from __future__ import annotations

import pytest
import torch
from tiny_models import noise
from torch import nn

from embedder.configs import EfficientNetTowerConfig
from embedder.patches import to_patches
from embedder.towers import (
    CELL_CHANNELS,
    GLANCE_CHANNELS,
    HEAD_CHANNELS,
    LITE0,
    EfficientNetLite,
    EfficientNetTower,
)


@pytest.fixture(scope="module")
def tower():
    torch.manual_seed(0)
    return EfficientNetTower(EfficientNetTowerConfig(hidden_size=64)).eval()


@pytest.mark.parametrize("side", [224, 256])
def test_folded_weights_score_as_the_original_network(side):
    package = pytest.importorskip(
        "efficientnet_lite_pytorch", reason="the train extra is not installed"
    )
    from train.sources.efficientnet import fold_checkpoint

    torch.manual_seed(0)
    theirs = package.EfficientNet.from_name("efficientnet-lite0").eval()
    for module in theirs.modules():  # statistics as after training, not zeros and ones
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 1.5)
            nn.init.normal_(module.weight, mean=1, std=0.1)
            nn.init.normal_(module.bias, std=0.1)
    ours = EfficientNetLite().eval()
    ours.load_state_dict(fold_checkpoint(theirs.state_dict()))
    pixels = torch.randn(2, 3, side, side)
    with torch.inference_mode():
        expected = theirs(pixels)
        head = ours(pixels)[..., :HEAD_CHANNELS]
        scores = ours.classifier(head.mean(dim=(1, 2)))
    torch.testing.assert_close(scores, expected, atol=1e-4 * expected.abs().max().item(), rtol=1e-4)


def test_every_convolution_pads_as_tensorflow_does():
    plain = nn.functional
    for kernel, stride, size in ((3, 2, 64), (5, 2, 32), (3, 1, 20), (5, 1, 20), (1, 1, 8)):
        network = EfficientNetLite()
        conv = type(network.stem)(4, 6, kernel, stride)
        pixels = torch.randn(2, 4, size, size)
        total = max(kernel - stride, 0)
        padded = plain.pad(pixels, (total // 2, total - total // 2) * 2)
        expected = plain.conv2d(padded, conv.weight, conv.bias, stride)
        torch.testing.assert_close(conv(pixels), expected, atol=1e-5, rtol=1e-5)


def test_the_stages_are_those_of_lite0():
    assert sum(stage.repeats for stage in LITE0) == 16
    parameters = sum(p.numel() for p in EfficientNetLite().parameters())
    assert 4.5e6 < parameters < 4.8e6  # 4.65 M, as published


def test_many_frames_at_once_equal_one_at_a_time(tower):
    frames = [noise(64, 64, seed=index) for index in range(6)]
    sizes = {"patch_size": 32, "merge_size": 2, "temporal_patch_size": 1}
    sizes |= {"mean": (0.5,) * 3, "std": (0.5,) * 3}
    patches, grid = to_patches(frames, **sizes)
    with torch.inference_mode():
        clip = tower(torch.from_numpy(patches), torch.tensor([grid]))
        single = [
            tower(torch.from_numpy(to_patches([frame], **sizes)[0]), torch.tensor([[1, 2, 2]]))
            for frame in frames
        ]
    tokens = torch.cat([output.pooler_output for output in single])
    torch.testing.assert_close(clip.pooler_output, tokens, atol=1e-5, rtol=1e-4)


def test_pictures_of_different_sizes_keep_their_order(tower):
    pictures = [noise(64, 128), noise(128, 64), noise(64, 128, seed=1)]
    sizes = {"patch_size": 32, "merge_size": 2, "temporal_patch_size": 1}
    sizes |= {"mean": (0.5,) * 3, "std": (0.5,) * 3}
    cut = [to_patches([picture], **sizes) for picture in pictures]
    with torch.inference_mode():
        joint = tower(
            torch.cat([torch.from_numpy(patches) for patches, _ in cut]),
            torch.tensor([grid for _, grid in cut]),
        )
        single = [tower(torch.from_numpy(p), torch.tensor([g])) for p, g in cut]
    torch.testing.assert_close(
        joint.pooler_output, torch.cat([s.pooler_output for s in single]), atol=1e-5, rtol=1e-4
    )
    torch.testing.assert_close(
        joint.prior, torch.cat([s.prior for s in single]), atol=1e-5, rtol=1e-4
    )


def test_patches_become_the_picture_again(tower):
    picture = noise(128, 64)
    patches, grid = to_patches(
        [picture],
        patch_size=32,
        merge_size=2,
        temporal_patch_size=1,
        mean=(0.0,) * 3,
        std=(1 / 255,) * 3,
    )
    image = tower.to_images(torch.from_numpy(patches), tuple(grid))[0]
    expected = torch.tensor(list(picture.getdata())).view(64, 128, 3).permute(2, 0, 1)
    torch.testing.assert_close(image, expected.float(), atol=1e-3, rtol=0)


def test_the_class_prior_is_the_average_of_class_names_by_probability(tower):
    classifier = tower.frames.classifier
    kept = classifier.weight.clone(), classifier.bias.clone()
    with torch.no_grad():
        classifier.weight.zero_()
        classifier.bias.fill_(-1e4)
        classifier.bias[[3, 7]] = 5.0  # two equally likely classes, whatever is seen
        prior = tower.class_prior([torch.rand(8, CELL_CHANNELS)], [2])[0]
        classifier.weight.copy_(kept[0])
        classifier.bias.copy_(kept[1])
    expected = tower.prior(tower.class_names.weight[[3, 7]].mean(0))
    torch.testing.assert_close(prior, expected)


def test_cells_that_were_seen_before_give_the_same_tokens_as_pixels(tower):
    patches = torch.rand(3 * 4 * 2 + 4 * 4, 3 * 32 * 32)
    grids = torch.tensor([[3, 4, 2], [1, 4, 4]])
    seen = tower.cells(patches, [tuple(grid) for grid in grids.tolist()])
    assert seen.shape == (len(patches), CELL_CHANNELS)
    directly, later = tower(patches, grids), tower(seen, grids)
    assert torch.equal(directly.pooler_output, later.pooler_output)
    assert torch.equal(directly.prior, later.prior)


@pytest.fixture
def glancing():
    torch.manual_seed(0)
    config = EfficientNetTowerConfig(
        hidden_size=64, cell_dropout=0.5, glance_width=32, glance_dropout=0.5
    )
    return EfficientNetTower(config).eval()


def test_a_glance_sees_the_standardised_statistics_of_each_frame(glancing):
    glance = glancing.glance
    cells = torch.rand(2 * 4 + 6, CELL_CHANNELS)
    parts, frames = cells.split([8, 6]), [2, 1]
    glance.mean.fill_(0.3)
    glance.spread.fill_(0.5)
    by_frame = [parts[0][:4], parts[0][4:], parts[1]]
    rows = [
        torch.cat([part.mean(0), part[:, HEAD_CHANNELS:].std(0, correction=0)]) for part in by_frame
    ]
    assert rows[0].shape == (GLANCE_CHANNELS,)
    x = (torch.stack(rows) - 0.3) / 0.5
    y = glance.out(nn.functional.gelu(glance.hidden(x)))
    expected = torch.stack([y[:2].mean(0), y[2]])
    torch.testing.assert_close(glance(parts, frames), expected)


def test_a_glance_is_added_to_the_class_prior(glancing):
    cells = torch.rand(4, CELL_CHANNELS)
    grid = torch.tensor([[1, 2, 2]])
    with_it = glancing(cells, grid).prior
    glanced = glancing.glance([cells], [1])
    glancing.glance = None
    torch.testing.assert_close(with_it - glancing(cells, grid).prior, glanced)


@pytest.mark.parametrize("training", [False, True])
def test_a_tower_in_bfloat16_stays_in_it(glancing, training):
    glancing.to(torch.bfloat16).train(training)
    seen = glancing(torch.rand(4, CELL_CHANNELS).bfloat16(), torch.tensor([[1, 2, 2]]))
    assert seen.prior.dtype == seen.pooler_output.dtype == torch.bfloat16


def test_training_hides_whole_channels_of_each_visual_and_inference_none(glancing):
    parts = [torch.ones(6, CELL_CHANNELS), torch.ones(4, CELL_CHANNELS)]
    assert glancing.hide_channels(parts).eq(1).all()
    glancing.train()
    first, second = glancing.hide_channels(parts).split([6, 4])
    assert first.unique().tolist() == [0, 2]
    assert (first == first[0]).all()
    assert 0.4 < first[0].eq(0).float().mean() < 0.6
    assert not torch.equal(first[0], second[0])


def test_training_hides_a_share_of_the_visuals_whole_and_inference_none(glancing):
    glancing.cell_dropout, glancing.blind_share = 0.0, 0.25
    parts = [torch.ones(4, CELL_CHANNELS)] * 400
    assert glancing.hide_channels(parts).eq(1).all()
    seen = glancing.train().hide_channels(parts).view(400, -1)
    assert (seen == seen[:, :1]).all()
    assert 0.15 < seen[:, 0].eq(0).float().mean() < 0.35


def test_a_tower_whose_folder_names_no_glance_has_none(tower):
    assert tower.glance is None
