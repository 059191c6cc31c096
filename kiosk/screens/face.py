"""The faces of the pain scale, drawn: fonts with such pictures look different everywhere."""

from __future__ import annotations

from kivy.graphics import Color, Mesh, SmoothEllipse
from kivy.properties import ColorProperty, NumericProperty

from kiosk.screens import theme
from kiosk.screens.gauges import Drawn
from kiosk.screens.strokes import arc, stroke

MOUTHS = {0: 0.29, 1: 0.29, 2: 0.22, 3: 0.16}
"""Half of how wide a mouth is, by the level; 0.23 of the face for the others."""


class Face(Drawn):
    """A drawn face for a pain of 0 (laughs) to 10 (weeps)."""

    redraw_on = ("level", "color")
    level = NumericProperty(0)
    color = ColorProperty(theme.LIGHT.ink)

    def draw(self) -> None:
        """Mouth and brows turn with the level; the last ones weep."""
        side = min(self.size)
        x, y, width = self.x + self.width / 2, self.y + self.height / 2, side * 0.045
        Color(*self.color)
        stroke(arc(x, y, side * 0.45), 2 * width)
        for sign in (-1, 1):
            eye = side * 0.055
            SmoothEllipse(
                pos=(x + sign * side * 0.17 - eye, y + side * 0.07 - eye), size=(2 * eye, 2 * eye)
            )
            tilt = (self.level - 3) * side * 0.012
            if self.level > 3:
                brow = [x + sign * side * 0.28, y + side * 0.22 - tilt / 2]
                stroke([*brow, x + sign * side * 0.08, y + side * 0.22 + tilt], 2 * width)
        bend, wide = (4.5 - self.level) / 4.5 * side * 0.26, side * MOUTHS.get(self.level, 0.23)
        mouth = []
        for number in range(13):
            share = number / 6 - 1
            dip = bend * (share * share - 0.5)
            mouth += [x + share * wide, y - side * 0.17 + dip]
        if self.level == 0:
            # An open laugh: no line can be told from that of 1 otherwise.
            points = zip(mouth[::2], mouth[1::2], strict=True)
            flat = [number for point in points for number in (*point, 0, 0)]
            Mesh(vertices=flat, indices=list(range(13)), mode="triangle_fan")
            stroke(mouth, 2 * width, close=True)
        else:
            stroke(mouth, 2 * width)
        if self.level >= 9:
            for sign in (-1, 1):
                tear = side * 0.05
                Mesh(
                    vertices=[
                        *(x + sign * side * 0.24 - tear, y - side * 0.07, 0, 0),
                        *(x + sign * side * 0.24 + tear, y - side * 0.07, 0, 0),
                        *(x + sign * side * 0.24, y + side * 0.05, 0, 0),
                    ],
                    indices=[0, 1, 2],
                    mode="triangles",
                )
                SmoothEllipse(
                    pos=(x + sign * side * 0.24 - tear, y - side * 0.07 - tear),
                    size=(2 * tear, 2 * tear),
                )
