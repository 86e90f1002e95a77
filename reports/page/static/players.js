// The players of the page: sound is unpacked when a player is opened, one of them plays at a time.
"use strict";

let sharedContext = null;
let lastUsed = null;

function audioContext() {
  sharedContext ||= new AudioContext();
  return sharedContext;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

class PlayerCard {
  constructor(root) {
    this.root = root;
    this.button = root.querySelector(".play");
    this.slider = root.querySelector("input[type=range]");
    this.time = root.querySelector("output");
    this.problem = root.querySelector(".problem");
    this.radios = [...root.querySelectorAll("input[type=radio]")];
    this.heads = [...root.querySelectorAll(".playhead")];
    this.player = null;
    root.addEventListener("toggle", () => (root.open ? this.opened() : this.player?.stop()));
    root.addEventListener("keydown", (event) => this.key(event));
    this.button.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.radios.forEach((radio, i) => radio.addEventListener("change", () => this.choose(i)));
    if (root.open) this.open();
  }

  // The focus goes on into the player: Space would close it on its header.
  opened() {
    this.open();
    if (document.activeElement === this.root.querySelector("summary")) this.focusChosen();
  }

  focusChosen() {
    this.radios.find((radio) => radio.checked)?.focus({ preventScroll: true });
  }

  async open() {
    lastUsed = this;
    this.loading ||= this.load();
    await this.loading;
  }

  async load() {
    try {
      const data = JSON.parse(document.getElementById(this.root.dataset.from).textContent);
      const context = audioContext();
      const decode = (flac) => context.decodeAudioData(bytesOf(flac));
      this.player = new StepPlayer(context, await Promise.all(data.sounds.map(decode)));
      this.player.current = this.radios.findIndex((radio) => radio.checked);
      this.slider.max = this.player.duration;
      this.button.disabled = false;
      this.show();
    } catch (error) {
      this.problem.textContent = `This browser cannot play the sound: ${error.message}`;
      this.problem.hidden = false;
    }
  }

  async toggle() {
    await this.open();
    if (!this.player) return;
    if (this.player.playing) this.player.stop();
    else {
      for (const card of cards) if (card !== this) card.halt();
      await this.player.context.resume();
      this.player.play();
      this.follow();
    }
    this.show();
  }

  halt() {
    this.player?.stop();
    this.show();
  }

  seek(seconds) {
    this.player?.seek(seconds);
    this.show();
  }

  choose(index) {
    if (index >= this.radios.length) return;
    lastUsed = this;
    this.radios[index].checked = true;
    this.player?.switchTo(index);
    if (this.root.contains(document.activeElement)) this.focusChosen(); // arrows go on from there
  }

  // Moves the playheads while it plays.
  follow() {
    this.show();
    if (this.player.playing) requestAnimationFrame(() => this.follow());
  }

  show() {
    if (!this.player) return;
    const { duration, playing } = this.player;
    const at = this.player.position();
    this.button.textContent = playing ? "Pause" : "Play";
    this.slider.value = at;
    this.slider.setAttribute("aria-valuetext", `${at.toFixed(1)} s`);
    this.time.textContent = `${clock(at)} / ${clock(Math.round(duration))}`;
    for (const head of this.heads) {
      const { from, width } = head.dataset;
      const x = Number(from) + (Number(width) * at) / duration;
      head.setAttribute("x1", x);
      head.setAttribute("x2", x);
    }
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[0-9]$/.test(event.key)) {
      event.preventDefault();
      this.choose(Number(event.key));
    } else if (event.key === " " && !event.target.closest("button, summary")) {
      event.preventDefault();
      this.toggle();
    }
  }
}

const cards = [...document.querySelectorAll("details.player")].map((root) => new PlayerCard(root));

// Keys go to the player used last where nothing else has the focus.
document.addEventListener("keydown", (event) => {
  if (event.target === document.body && lastUsed?.root.open) lastUsed.key(event);
});
