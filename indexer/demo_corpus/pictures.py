"""The pictures of the demo corpus: which file shows what, how large, in which format."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from indexer.demo_corpus import landscapes, seascapes, seasons, streets, textures
from indexer.demo_corpus.canvas import Canvas
from indexer.demo_corpus.scenery import studio
from indexer.demo_corpus.things import animals, food, objects, plants, transport

WIDE, LANDSCAPE, SQUARE, PORTRAIT = (960, 540), (800, 600), (640, 640), (600, 800)
ORIENTATION = 0x0112
SAND, MINT, SKY, ROSE, LILAC, STEEL = (
    ("#fdf6ea", "#efdcc0"),
    ("#f0f8f0", "#cfe6d4"),
    ("#eef6fb", "#c6dfee"),
    ("#fdf0ee", "#f3d0c8"),
    ("#f5f1fb", "#dacff0"),
    ("#f1f3f6", "#ced6e0"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One file: its path in the folder, its size in pixels, how it is drawn.

    A `turned` picture is stored on its side with an EXIF note, as telephones do.
    """

    path: str
    size: tuple[int, int]
    draw: Callable[[Canvas], None] | Callable[[int, int], Image.Image]
    turned: bool = False

    def to_bytes(self) -> bytes:
        """Draw the picture and encode it in the format its suffix names."""
        return encode(self.render(), self.path.rpartition(".")[2], turned=self.turned)

    def render(self) -> Image.Image:
        if self.draw.__module__ == textures.__name__:
            return self.draw(*self.size)  # type: ignore[call-arg,arg-type,return-value]
        canvas = Canvas(*self.size)
        self.draw(canvas)  # type: ignore[call-arg,arg-type]
        return canvas.finish()


def encode(picture: Image.Image, suffix: str, *, turned: bool = False) -> bytes:
    """Encode as `jpg`, `png` or `webp`."""
    buffer = io.BytesIO()
    if suffix == "jpg":
        exif = Image.Exif()
        if turned:
            exif[ORIENTATION] = 6
            picture = picture.transpose(Image.Transpose.ROTATE_90)
        picture.save(buffer, "JPEG", quality=86, optimize=True, exif=exif)
    elif suffix == "webp":
        picture.save(buffer, "WEBP", quality=84, method=3)
    else:
        picture.save(buffer, "PNG", compress_level=7)
    return buffer.getvalue()


def iter_pictures() -> Iterator[Picture]:
    """Yield every picture of the corpus."""
    yield from _coast()
    yield from _country()
    yield from _cards()
    yield from _kitchen()


def _coast() -> Iterator[Picture]:
    for name, size, draw in (
        ("IMG_0401.jpg", WIDE, seascapes.boat_at_sunset),
        ("IMG_0402.jpg", LANDSCAPE, seascapes.lighthouse_by_day),
        ("IMG_0405.jpg", LANDSCAPE, seascapes.beach),
        ("IMG_0406.webp", WIDE, seascapes.harbour),
        ("IMG_0409.jpg", WIDE, seascapes.red_bridge),
        ("IMG_0410.jpg", LANDSCAPE, seascapes.whale_at_sea),
        ("IMG_0412.jpg", LANDSCAPE, seascapes.island),
        ("IMG_0415.jpg", WIDE, textures.clouds_over_sea),
        ("IMG_0416.jpg", LANDSCAPE, textures.stone_wall),
        ("IMG_0418.webp", PORTRAIT, landscapes.kite_on_the_dunes),
    ):
        yield Picture(f"photos/coast/{name}", size, draw)


def _country() -> Iterator[Picture]:
    for name, size, draw in (
        ("IMG_0520.jpg", LANDSCAPE, landscapes.snowy_mountain),
        ("IMG_0521.webp", WIDE, landscapes.misty_firs),
        ("IMG_0523.jpg", LANDSCAPE, landscapes.windmill_and_tulips),
        ("IMG_0524.jpg", LANDSCAPE, landscapes.house_and_garden),
        ("IMG_0526.jpg", LANDSCAPE, landscapes.castle_on_hill),
        ("IMG_0528.jpg", WIDE, landscapes.tent_by_night),
        ("IMG_0531.jpg", LANDSCAPE, landscapes.balloons_aloft),
        ("IMG_0532.webp", WIDE, landscapes.rainbow),
        ("IMG_0535.jpg", LANDSCAPE, landscapes.snowman_in_field),
        ("IMG_0540.jpg", WIDE, landscapes.city_by_night),
        ("IMG_0541.png", PORTRAIT, landscapes.moon_and_stars),
        ("IMG_0544.jpg", LANDSCAPE, landscapes.volcano),
        ("IMG_0545.jpg", WIDE, landscapes.desert),
        ("IMG_0547.jpg", WIDE, textures.misty_ridges),
        ("IMG_0549.jpg", LANDSCAPE, textures.milky_way),
        ("IMG_0550.jpg", LANDSCAPE, textures.dunes),
        ("IMG_0552.jpg", LANDSCAPE, textures.autumn_leaves),
        ("IMG_0560.webp", WIDE, streets.train_in_the_hills),
        ("IMG_0561.jpg", LANDSCAPE, streets.aeroplane_above_clouds),
        ("IMG_0563.jpg", LANDSCAPE, streets.country_road(transport.car, size=0.6)),
        ("IMG_0566.jpg", LANDSCAPE, streets.town_street(transport.bus, size=0.74)),
        ("the-old-tree-1.jpg", LANDSCAPE, seasons.tree_in("spring")),
        ("the-old-tree-2.jpg", LANDSCAPE, seasons.tree_in("summer")),
        ("the-old-tree-3.jpg", LANDSCAPE, seasons.tree_in("autumn")),
        ("the-old-tree-4.jpg", LANDSCAPE, seasons.tree_in("winter")),
    ):
        yield Picture(f"photos/inland/{name}", size, draw)
    bicycle = streets.country_road(transport.bicycle, size=0.62)
    yield Picture("photos/inland/IMG_0568.jpg", LANDSCAPE, bicycle)
    yield Picture("photos/inland/IMG_0570.jpg", PORTRAIT, streets.traffic_light_at_red, turned=True)


def _cards() -> Iterator[Picture]:
    """Yield the picture cards for the children's afternoon: one thing on each."""
    nature = (
        (animals.cat, ROSE, 44),
        (animals.dog, SKY, None),
        (animals.owl, MINT, None),
        (animals.butterfly, SAND, None),
        (animals.bee, SKY, None),
        (animals.penguin, SKY, 47),
        (animals.snail, MINT, 41),
        (animals.ladybird, MINT, None),
        (plants.sunflower, SKY, None),
        (plants.tulip, SAND, None),
        (plants.rose, STEEL, None),
        (plants.mushroom, MINT, 46),
        (plants.cactus, SAND, 48),
    )
    home = (
        (objects.guitar, SAND, None),
        (objects.drum, SKY, 42),
        (objects.piano, ROSE, None),
        (objects.football, MINT, 43),
        (objects.clock, STEEL, None),
        (objects.key, LILAC, None),
        (objects.lamp, LILAC, 48),
        (objects.books, MINT, 45),
        (objects.umbrella, SKY, None),
        (objects.sun_hat, SKY, 32),
        (objects.boot, SAND, 40),
        (objects.glasses, ROSE, None),
        (objects.teapot, ROSE, 36),
        (objects.gift, ROSE, 45),
        (objects.anchor, SAND, None),
        (objects.trophy, LILAC, 46),
        (objects.camera, SAND, 33),
    )
    for i, (thing, ground, floor) in enumerate((*nature, *home), start=1):
        draw = studio(thing, ground=ground, floor=floor)
        suffix = ("png", "webp", "jpg")[i % 3]
        yield Picture(f"picture-cards/card-{i:02d}.{suffix}", SQUARE, draw)
    yield Picture("picture-cards/card-31.jpg", SQUARE, _in_water)
    yield Picture("picture-cards/card-32.webp", SQUARE, streets.rocket_in_space)


def _in_water(c: Canvas) -> None:
    seascapes.fish_tank(c)
    animals.fish(c.at(c.width * 0.48, 46, 0.74))


def _kitchen() -> Iterator[Picture]:
    for name, thing, ground, floor in (
        ("kitchen-1.jpg", food.apple, SAND, 42),
        ("kitchen-2.jpg", food.bananas, SKY, 32),
        ("kitchen-3.jpg", food.strawberry, MINT, None),
        ("kitchen-4.jpg", food.cherries, SKY, 47),
        ("kitchen-5.jpg", food.orange, MINT, 43),
        ("kitchen-6.jpg", food.pizza, STEEL, None),
        ("birthday.jpg", food.cake, LILAC, 47),
        ("kitchen-8.jpg", food.coffee, ROSE, 46),
        ("kitchen-9.jpg", food.icecream, SKY, None),
        ("kitchen-10.jpg", food.bread, STEEL, 28),
    ):
        yield Picture(
            f"photos/kitchen/{name}", LANDSCAPE, studio(thing, ground=ground, floor=floor)
        )
