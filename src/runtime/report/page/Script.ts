/** The page's only script: plays the episodes. Without it every episode is a picture of its whole path, or of its end. */

/** Written for browsers, so it is text here; it reads the data beside it and sets attributes and text, never HTML. */
export const script = `"use strict";
(() => {
  const data = document.getElementById("episodes");
  if (data === null) return;
  const episodes = JSON.parse(data.textContent);
  document.querySelectorAll("[data-episode]").forEach((figure) => {
    const { steps, end, said } = episodes[Number(figure.dataset.episode)];
    const player = figure.querySelector(".player");
    const slider = figure.querySelector("input");
    const button = figure.querySelector("button");
    const count = figure.querySelector("output");
    const words = figure.querySelector(".said");
    const walker = figure.querySelector(".walker");
    const path = figure.querySelector(".walked");
    const frames = figure.querySelectorAll(".frame");
    const last = said.length;
    let timer;
    const at = (k) => (k < last ? steps[k] : end);
    const show = () => {
      const k = Number(slider.value);
      frames.forEach((frame, i) => { if (i === k) frame.removeAttribute("visibility"); else frame.setAttribute("visibility", "hidden"); });
      if (walker !== null) {
        const [x, y, heading] = at(k);
        walker.setAttribute("transform", "translate(" + (x + 0.5) + " " + (y + 0.5) + ") rotate(" + 90 * heading + ")");
        const points = [];
        for (let i = 0; i <= k; i++) points.push(at(i)[0] + 0.5 + "," + (at(i)[1] + 0.5));
        path.setAttribute("points", points.join(" "));
      }
      words.textContent = k < last ? said[k] : figure.dataset.end;
      count.textContent = k < last ? k + 1 + " of " + last : "end";
      slider.setAttribute("aria-valuetext", k < last ? "step " + (k + 1) + " of " + last : "end");
    };
    const stop = () => { clearInterval(timer); timer = undefined; button.textContent = "Play"; words.setAttribute("aria-live", "polite"); };
    const play = () => {
      if (Number(slider.value) >= last) slider.value = "0";
      words.setAttribute("aria-live", "off");
      button.textContent = "Pause";
      show();
      timer = setInterval(() => {
        slider.value = String(Number(slider.value) + 1);
        show();
        if (Number(slider.value) >= last) stop();
      }, 600);
    };
    button.addEventListener("click", () => { if (timer === undefined) play(); else stop(); });
    slider.addEventListener("input", () => { stop(); show(); });
    addEventListener("beforeprint", () => { stop(); slider.value = String(last); show(); });
    player.hidden = false;
    words.hidden = false;
    if (walker !== null) walker.removeAttribute("visibility");
    show();
  });
})();
`
