"""A small renderer for curved surfaces given as dense grids of points.

World coordinates are output pixels: x to the right, y up, z towards the viewer, with the
origin at the centre of the picture.  Each surface is sampled so densely that drawing its
points one by one leaves no holes; a depth buffer keeps the nearest ones, a second one seen
from the light gives the shadows, and the lighting is worked out afterwards per pixel.
"""

from dataclasses import dataclass

import numpy as np

from .common import Array, blur, mix, normalize, smoothstep

CAMERA_DISTANCE = 1500.0


def _nearest(cell: Array, near: Array) -> tuple[Array, Array]:
    """Return every cell once, with the index of its nearest point."""
    order = np.argsort(-near, kind="stable")
    cells, first = np.unique(cell[order], return_index=True)
    return cells, order[first]


@dataclass
class Light:
    """A sun and a sky."""

    direction: Array
    sun: Array
    sky: Array
    ground: Array


class Scene:
    """Collects surfaces in a depth buffer and lights them."""

    def __init__(self, height: int, width: int, scale: int, light: Light) -> None:
        """Prepare empty buffers for `height` x `width` pixels, supersampled by `scale`."""
        self.scale = scale
        self.light = light
        self.shape = (height * scale, width * scale)
        self.depth = np.full(self.shape, -np.inf, np.float32)
        self.normal = np.zeros((*self.shape, 3), np.float32)
        self.albedo = np.zeros((*self.shape, 3), np.float32)
        self.place = np.zeros((*self.shape, 3), np.float32)
        self.sheer = np.zeros(self.shape, np.float32)
        self.gloss = np.zeros(self.shape, np.float32)
        side = normalize(np.cross([0.0, 1.0, 0.0], light.direction))
        self.light_axes = np.stack([side, np.cross(light.direction, side), light.direction])
        self.light_size = 2 * max(height, width)
        self.light_depth = np.full((self.light_size, self.light_size), -np.inf, np.float32)

    def project(self, points: Array) -> tuple[Array, Array]:
        """Return the (supersampled) row and column at which points appear."""
        zoom = self.scale * CAMERA_DISTANCE / (CAMERA_DISTANCE - points[..., 2])
        row = self.shape[0] / 2 - points[..., 1] * zoom
        return row, self.shape[1] / 2 + points[..., 0] * zoom

    def add(self, points: Array, albedo: Array, sheer: float = 0.0, gloss: float = 0.05) -> None:
        """Draw one surface: a (rows, columns, 3) grid of points and their colours.

        `sheer` is the share of light that shines through, `gloss` the strength of highlights.
        """
        normal = normalize(
            np.cross(np.gradient(points, axis=0), np.gradient(points, axis=1)).reshape(-1, 3)
        )
        flat = points.reshape(-1, 3)
        colour = np.broadcast_to(albedo, points.shape).reshape(-1, 3)
        self._cast(flat)
        row, column = (np.floor(c).astype(int) for c in self.project(flat))
        inside = (row >= 0) & (row < self.shape[0]) & (column >= 0) & (column < self.shape[1])
        pick = np.flatnonzero(inside)
        cell = row[pick] * self.shape[1] + column[pick]
        cell, first = _nearest(cell, flat[pick, 2])
        pick = pick[first]
        nearer = flat[pick, 2] > self.depth.ravel()[cell]
        cell, pick = cell[nearer], pick[nearer]
        self.depth.ravel()[cell] = flat[pick, 2]
        self.normal.reshape(-1, 3)[cell] = normal[pick]
        self.albedo.reshape(-1, 3)[cell] = colour[pick]
        self.place.reshape(-1, 3)[cell] = flat[pick]
        self.sheer.ravel()[cell] = sheer
        self.gloss.ravel()[cell] = gloss

    def _light_cells(self, points: Array) -> tuple[Array, Array, Array]:
        """Return row, column and nearness of points as seen from the sun."""
        seen = points @ self.light_axes.T
        half = self.light_size / 2
        limit = self.light_size - 1
        row = np.clip(seen[..., 1] * 1.5 + half, 0, limit)
        return row, np.clip(seen[..., 0] * 1.5 + half, 0, limit), seen[..., 2]

    def _cast(self, points: Array) -> None:
        """Enter points into the depth buffer of the sun."""
        row, column, near = self._light_cells(points)
        cell, first = _nearest(row.astype(int) * self.light_size + column.astype(int), near)
        buffer = self.light_depth.ravel()
        buffer[cell] = np.maximum(buffer[cell], near[first])

    def _sunlit(self, points: Array, normal: Array) -> Array:
        """Return the share of the sun that reaches points, with soft shadow edges."""
        row, column, near = self._light_cells(points + normal * 1.5)
        lit = np.zeros(len(points), np.float32)
        taps = 24
        for tap in range(taps):
            angle, radius = tap * 2.39996, 4.5 * np.sqrt((tap + 0.5) / taps)
            r = np.clip(row + radius * np.sin(angle), 0, self.light_size - 1).astype(int)
            c = np.clip(column + radius * np.cos(angle), 0, self.light_size - 1).astype(int)
            gap = self.light_depth[r, c] - near
            lit += 1.0 - smoothstep(1.5, 5.0, gap)
        return lit / taps

    def _openness(self, covered: Array) -> Array:
        """Estimate from the depth buffer how much of the sky each pixel sees."""
        weight = covered.astype(float)
        depth = np.where(covered, self.depth, 0.0)
        shade = np.zeros(self.shape)
        for radius in (3.0, 9.0, 22.0):
            sigma = radius * self.scale
            step = max(1, int(sigma / 4))
            pad = [(0, -n % step) for n in self.shape]
            small_w, small_d = (
                np.pad(a, pad)
                .reshape((self.shape[0] + pad[0][1]) // step, step, -1, step)
                .mean(axis=(1, 3))
                for a in (weight, depth)
            )
            mean = blur(small_d, sigma / step) / np.maximum(blur(small_w, sigma / step), 1e-3)
            mean = np.repeat(np.repeat(mean, step, 0), step, 1)
            mean = mean[: self.shape[0], : self.shape[1]]
            shade += np.clip((mean - depth) / radius, 0.0, 1.0) / 3.0
        return np.exp(-2.2 * shade)

    def shade(self) -> tuple[Array, Array]:
        """Light the scene; return linear RGB and coverage, both supersampled."""
        covered = np.isfinite(self.depth)
        light = self.light
        normal = self.normal[covered]
        view = normalize(np.array([0.0, 0.0, CAMERA_DISTANCE]) - self.place[covered])
        facing = np.sum(normal * view, axis=-1, keepdims=True)
        normal = normal * np.where(facing < 0.0, -1.0, 1.0)
        facing = np.abs(facing)
        albedo = self.albedo[covered]
        sheer = self.sheer[covered][:, None]
        gloss = self.gloss[covered][:, None]
        cosine = normal @ light.direction
        towards = normal * np.where(cosine < 0.0, -1.0, 1.0)[:, None]
        lit = self._sunlit(self.place[covered], towards)[:, None]
        cosine = cosine[:, None]
        front = np.clip(cosine, 0.0, 1.0) * (1.0 - 0.5 * sheer)
        through = np.clip(0.15 - cosine, 0.0, 1.0) * sheer
        open_sky = self._openness(covered)[covered][:, None]
        bounced = open_sky / (1.0 - 0.85 * albedo * (1.0 - open_sky))
        ambient = mix(light.ground, light.sky, 0.5 + 0.5 * normal[:, 1:2]) * bounced
        glow = albedo**1.35 * (through * (0.35 + 0.65 * lit)) * light.sun
        half = normalize(view + light.direction)
        shine = np.clip(np.sum(normal * half, axis=-1, keepdims=True), 0.0, 1.0) ** 40
        rim = (1.0 - facing) ** 3 * 0.25 * open_sky
        colour = albedo * (front * lit * light.sun + ambient) + glow
        colour = colour + gloss * (shine * lit * light.sun * 2.0 + rim * light.sky)
        image = np.zeros((*self.shape, 3))
        image[covered] = colour
        return image, covered.astype(float)
