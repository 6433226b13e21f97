"use strict";
(function () {
  // Points at rest, plus what each movement adds; lids and lips touch instead of crossing. As in face_shape.py.
  function points(data, values) {
    const found = data.rest.map(function (point) { return point.slice(); });
    values.forEach(function (value, step) {
      if (!value) return; // at rest, or missing
      for (const [point, dx, dy] of data.moves[step]) {
        found[point][0] += value * dx;
        found[point][1] += value * dy;
      }
    });
    for (const [first, second, share] of data.above) {
      const beyond = found[first][1] - found[second][1];
      if (beyond > 0) {
        found[first][1] -= share * beyond;
        found[second][1] += (1 - share) * beyond;
      }
    }
    return found;
  }

  function tenths(value) {
    return String(Math.floor(value * 10 + 0.5) / 10 + 0);
  }

  // The path, opacity and colours of every curve in one frame.
  function frame(data, number) {
    const values = data.moves.map(function (_, step) {
      const kept = data.steps[step];
      return kept === undefined ? 0 : kept[number] === null ? null : kept[number] / 1000;
    });
    const at = points(data, values);
    return data.curves.map(function (curve) {
      const texts = curve.points.map(function (point) { return tenths(at[point][0]) + " " + tenths(at[point][1]); });
      let opacity = curve.rest;
      for (const [step, weight] of curve.shown) opacity += weight * Math.abs(values[step] || 0);
      const missing = curve.moved.some(function (step) { return values[step] === null; });
      return {
        d: "M" + texts[0] + "C" + texts.slice(1).join(" ") + (curve.closed ? "Z" : ""),
        opacity: String(Math.floor(Math.min(opacity, 1) * 100 + 0.5) / 100),
        colours: missing ? curve.missing : curve.known,
      };
    });
  }

  if (typeof document === "undefined") { // read by a test
    module.exports = frame;
    return;
  }

  const root = document.currentScript.parentElement;
  const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  const paths = root.querySelectorAll("svg > path");
  const clips = root.querySelectorAll("svg > defs path");
  const button = root.querySelector("button");
  const slider = root.querySelector("input");
  const output = root.querySelector("output");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let playing = false;
  let began = 0;

  function show(number) {
    const curves = frame(data, number);
    curves.forEach(function (curve, place) {
      const path = paths[place];
      path.setAttribute("d", curve.d);
      path.setAttribute("opacity", curve.opacity);
      path.setAttribute("fill", curve.colours[0]);
      path.setAttribute("stroke", curve.colours[1]);
    });
    data.clips.forEach(function (curve, place) { clips[place].setAttribute("d", curves[curve].d); });
    const told = data.time_s[number].toFixed(2) + " s";
    slider.value = number;
    slider.setAttribute("aria-valuetext", told);
    output.textContent = told;
  }

  function stop() {
    playing = false;
    button.textContent = "Play";
  }

  function tick(now) {
    if (!playing) return;
    let passed = (now - began) / 1000;
    if (calm.matches) passed = Math.floor(passed);
    let number = Number(slider.value);
    while (number + 1 < data.time_s.length && data.time_s[number + 1] <= data.time_s[0] + passed) number += 1;
    if (number !== Number(slider.value)) show(number);
    if (number + 1 === data.time_s.length) stop();
    else window.requestAnimationFrame(tick);
  }

  button.addEventListener("click", function () {
    if (playing) return stop();
    if (Number(slider.value) + 1 === data.time_s.length) show(0);
    began = window.performance.now() - 1000 * (data.time_s[Number(slider.value)] - data.time_s[0]);
    playing = true;
    button.textContent = "Pause";
    window.requestAnimationFrame(tick);
  });
  slider.addEventListener("input", function () {
    stop();
    show(Number(slider.value));
  });
  show(0);
})();
