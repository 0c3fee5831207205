"""The videos of the demo corpus: which film shows what, shot by shot."""

from __future__ import annotations

from indexer.demo_corpus import shots_afloat, shots_aloft, shots_ashore
from indexer.demo_corpus.filming import Film, Shot

FILMS = (
    Film(
        "videos/MVI_0031.mp4",
        (
            Shot(4.0, shots_afloat.sunset_sea, shots_afloat.boat_passes),
            Shot(4.0, shots_afloat.night_coast, shots_afloat.beam_turns),
            Shot(3.5, shots_afloat.open_sea, shots_afloat.whale_rises),
        ),
    ),
    Film(
        "videos/MVI_0038.mp4",
        (
            Shot(4.0, shots_afloat.under_water, shots_afloat.fish_swim),
            Shot(3.5, shots_afloat.ice, shots_afloat.penguin_waddles),
            Shot(3.5, shots_ashore.flower_field, shots_ashore.butterfly_flutters),
            Shot(3.0, shots_ashore.sunflower_wall, shots_ashore.bee_visits),
        ),
    ),
    Film(
        "videos/launch-day.mp4",
        (
            Shot(3.0, shots_aloft.launch_pad, shots_aloft.countdown),
            Shot(4.0, shots_aloft.high_sky, shots_aloft.rocket_climbs),
            Shot(3.5, shots_aloft.deep_space, shots_aloft.rocket_orbits),
        ),
    ),
    Film(
        "videos/MVI_0044.mp4",
        (
            Shot(4.5, shots_ashore.viaduct, shots_ashore.train_crosses),
            Shot(4.5, shots_ashore.crossing, shots_ashore.light_changes),
            Shot(3.5, shots_ashore.lane, shots_ashore.bicycle_rides),
        ),
    ),
    Film(
        "videos/MVI_0052.mp4",
        (
            Shot(4.0, shots_aloft.valley, shots_aloft.balloon_rises),
            Shot(3.5, shots_aloft.dusk_hills, shots_aloft.sun_comes_up),
            Shot(3.5, shots_aloft.dune_sky, shots_aloft.kite_flies),
        ),
    ),
    Film(
        "videos/first-snow.mp4",
        (
            Shot(4.0, shots_ashore.winter_house, shots_ashore.snow_falls),
            Shot(3.0, shots_ashore.winter_field, shots_ashore.snowman_greets),
            Shot(4.0, shots_ashore.night_forest, shots_ashore.fire_flickers),
        ),
    ),
    Film(
        "videos/summer-fete.mp4",
        (
            Shot(3.5, shots_ashore.lawn, shots_ashore.ball_bounces),
            Shot(3.0, shots_ashore.parlour, shots_ashore.candles_flicker),
            Shot(4.5, shots_aloft.night_town, shots_aloft.fireworks),
        ),
    ),
    Film(
        "videos/MVI_0060.mp4",
        (
            Shot(3.5, shots_ashore.workshop_wall, shots_ashore.clock_runs),
            Shot(4.0, shots_ashore.mill_field, shots_ashore.mill_turns),
            Shot(3.5, shots_ashore.wet_street, shots_ashore.umbrella_in_rain),
        ),
    ),
)
