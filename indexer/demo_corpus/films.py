"""The videos of the demo corpus: which film shows what, shot by shot."""

from __future__ import annotations

from collections.abc import Iterator

from indexer.demo_corpus import shots_afloat, shots_ashore
from indexer.demo_corpus.filming import Film, Shot


def iter_films() -> Iterator[Film]:
    """Yield every video of the corpus."""
    afloat, ashore = shots_afloat, shots_ashore
    yield Film("videos/MVI_0031.mp4", (
        Shot(4.0, afloat.sunset_sea, afloat.boat_passes),
        Shot(4.0, afloat.night_coast, afloat.beam_turns),
        Shot(3.5, afloat.open_sea, afloat.whale_rises),
    ))  # fmt: skip
    yield Film("videos/MVI_0038.mp4", (
        Shot(4.0, afloat.under_water, afloat.fish_swim),
        Shot(3.5, afloat.ice, afloat.penguin_waddles),
        Shot(3.5, ashore.flower_field, ashore.butterfly_flutters),
        Shot(3.0, ashore.sunflower_wall, ashore.bee_visits),
    ))  # fmt: skip
    yield Film("videos/launch-day.mp4", (
        Shot(3.0, ashore.launch_pad, ashore.countdown),
        Shot(4.0, ashore.high_sky, ashore.rocket_climbs),
        Shot(3.5, ashore.deep_space, ashore.rocket_orbits),
    ))  # fmt: skip
    yield Film("videos/MVI_0044.mp4", (
        Shot(4.5, ashore.viaduct, ashore.train_crosses),
        Shot(4.5, ashore.crossing, ashore.light_changes),
        Shot(3.5, ashore.lane, ashore.bicycle_rides),
    ))  # fmt: skip
    yield Film("videos/MVI_0052.mp4", (
        Shot(4.0, ashore.valley, ashore.balloon_rises),
        Shot(3.5, ashore.dusk_hills, ashore.sun_comes_up),
        Shot(3.5, ashore.dune_sky, ashore.kite_flies),
    ))  # fmt: skip
    yield Film("videos/first-snow.mp4", (
        Shot(4.0, ashore.winter_house, ashore.snow_falls),
        Shot(3.0, ashore.winter_field, ashore.snowman_greets),
        Shot(4.0, ashore.night_forest, ashore.fire_flickers),
    ))  # fmt: skip
    yield Film("videos/summer-fete.mp4", (
        Shot(3.5, ashore.lawn, ashore.ball_bounces),
        Shot(3.0, ashore.parlour, ashore.candles_flicker),
        Shot(4.5, ashore.night_town, ashore.fireworks),
    ))  # fmt: skip
    yield Film("videos/MVI_0060.mp4", (
        Shot(3.5, ashore.workshop_wall, ashore.clock_runs),
        Shot(4.0, ashore.mill_field, ashore.mill_turns),
        Shot(3.5, ashore.wet_street, ashore.umbrella_in_rain),
    ))  # fmt: skip
