"""A page on which a person draws polygons around electrodes, with the frame in it."""

import base64
import json
from pathlib import Path

import numpy as np

from myoscene.core.errors import InputError
from myoscene.face.video import Picture, read_video
from myoscene.machinery.files import write_text
from myoscene.restore.cv import opencv

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Mark electrodes</title>
<style>
body { font: 16px sans-serif; margin: 1em; }
canvas { border: 1px solid #888; max-width: 100%; cursor: crosshair; display: block; margin-top: .5em; }
button { font: inherit; }
</style></head><body>
<p>Click around an electrode or a cable, corner by corner, a little outside its edge. Enter, or a double
click, closes the polygon. Mark all of them, then save the file.</p>
<button id="close">Close polygon (Enter)</button> <button id="undo">Undo (Backspace)</button>
<button id="save">Save marks.json</button> <span id="said" role="status"></span>
<canvas id="frame"></canvas>
<script>
const told = TOLD, picture = new Image(), done = [];
let open = [];
const canvas = document.getElementById("frame"), pen = canvas.getContext("2d");
canvas.width = told.width; canvas.height = told.height;
function draw() {
  pen.drawImage(picture, 0, 0);
  pen.lineWidth = Math.max(1, told.width / 600);
  for (const [points, whole] of [...done.map(p => [p, true]), [open, false]]) {
    pen.beginPath();
    points.forEach(([x, y]) => pen.lineTo(x, y));
    if (whole) pen.closePath();
    pen.strokeStyle = whole ? "#ffd400" : "#00e5ff"; pen.fillStyle = "#ffd40055";
    pen.stroke(); if (whole) pen.fill();
    if (!whole) points.forEach(([x, y]) => pen.strokeRect(x - 1, y - 1, 2, 2));
  }
  document.getElementById("said").textContent = done.length + " marked";
}
function close() { if (open.length > 2) { done.push(open); open = []; } draw(); }
function undo() { if (open.length) open.pop(); else open = done.pop() || []; draw(); }
function save() {
  close();
  const text = JSON.stringify({...told, polygons: done}), link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {type: "application/json"}));
  link.download = "marks.json"; link.click();
}
canvas.onclick = event => {
  if (event.detail > 1) { close(); return; }
  const box = canvas.getBoundingClientRect();
  const tenth = value => Math.round(value * 10) / 10;
  const at = (value, start, size, most) => Math.min(most, Math.max(0, tenth((value - start) / size * most)));
  open.push([at(event.clientX, box.left, box.width, told.width), at(event.clientY, box.top, box.height, told.height)]);
  draw();
};
document.getElementById("close").onclick = close;
document.getElementById("undo").onclick = undo;
document.getElementById("save").onclick = save;
document.onkeydown = event => {
  if (event.key === "Enter") { close(); event.preventDefault(); }
  if (event.key === "Backspace") { undo(); event.preventDefault(); }
};
picture.onload = draw;
picture.src = "data:image/png;base64,PICTURE";
</script></body></html>
"""


def write_page(video: Path, page: Path, time_s: float = 0.0, turn: int = 0) -> Picture:
    """Write the page with the first frame at or after ``time_s``; returns that frame.

    Raises:
        InputError: the page would replace a file that is none, or the video ends before; as
            :func:`myoscene.face.video.read_video`.
    """
    if page.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"the marking page '{page}' has to be named *.html")
    picture = frame_at(video, time_s, turn)
    cv2 = opencv()
    height, width = picture.pixels.shape[:2]
    png = cv2.imencode(".png", np.ascontiguousarray(picture.pixels[..., 2::-1]))[1].tobytes()
    told = json.dumps({"time_s": picture.time_s, "width": width, "height": height})
    write_text(page, _PAGE.replace("TOLD", told, 1).replace("PICTURE", base64.b64encode(png).decode(), 1))
    return picture


def frame_at(video: Path, time_s: float, turn: int = 0) -> Picture:
    """The first frame at or after ``time_s``. InputError where there is none."""
    pictures = read_video(video, turn)
    for picture in pictures:
        if picture.time_s >= time_s - 1e-4:
            return picture
    raise InputError(f"{video} ends before {time_s:g} s; give the time of one of its frames")
