// The page of one student: upload, captions one at a time, and waiting that can be seen.
"use strict";

const byId = (id) => document.getElementById(id);
const gallery = byId("gallery");
const notice = byId("notice");
const slow = byId("slow");
const drop = document.querySelector(".drop");
const maxBytes = Number(byId("workshop").dataset.maxBytes);
let slowSeconds = 0;
let queue = Promise.resolve(); // captions are asked for one after the other

class Refused extends Error {
  constructor(status, words) {
    super(words.error || `The server answered ${status}.`);
    this.status = status;
    this.reason = words.reason || "";
    this.waitSeconds = words.wait_seconds || 0;
  }
}

async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, { method, body, headers: { "X-Workshop": "1" } });
  } catch {
    throw new Refused(0, { error: "The server cannot be reached.", reason: "away", wait_seconds: 5 });
  }
  const words = await answer.json().catch(() => ({}));
  if (answer.status === 401) ended(words.error);
  if (!answer.ok) throw new Refused(answer.status, words);
  return words;
}

function ended(text) {
  notice.textContent = `${text} `;
  const again = document.createElement("a");
  again.href = "/";
  again.textContent = "Join again";
  notice.append(again);
}

function say(text) {
  notice.textContent = text;
}

function countdown(button, seconds, words) {
  return new Promise((done) => {
    const until = performance.now() + seconds * 1000;
    const tick = () => {
      const left = Math.ceil((until - performance.now()) / 1000);
      if (left <= 0) return done();
      button.textContent = `${words} ${left} s`;
      setTimeout(tick, 200);
    };
    tick();
  });
}

function show(picture) {
  const card = byId("card").content.cloneNode(true).querySelector("li");
  const image = card.querySelector("img");
  image.src = `/pictures/${picture.number}/thumbnail`;
  image.alt = picture.caption || `Photo ${picture.number + 1}`;
  card.querySelector("a").href = `/pictures/${picture.number}`;
  card.querySelector(".caption").textContent = picture.caption;
  const button = card.querySelector("button");
  if (picture.caption) button.textContent = "Another caption";
  button.addEventListener("click", () => askForCaption(card, picture.number));
  gallery.append(card);
  byId("empty").hidden = true;
}

function askForCaption(card, number) {
  const button = card.querySelector("button");
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true"; // and not disabled: whoever works by keyboard keeps their place
  button.textContent = "In the queue …";
  queue = queue.then(() => caption(card, number, button)).finally(() => {
    button.ariaDisabled = "false";
  });
}

async function caption(card, number, button) {
  for (;;) {
    const waiting = slow.checked ? slowSeconds : 0;
    const seen = countdown(button, waiting, "Slow mode:").then(() => {
      button.textContent = "Thinking …";
    });
    try {
      const [words] = await Promise.all([ask("POST", `/api/pictures/${number}/caption`), seen]);
      card.querySelector(".caption").textContent = words.caption;
      card.querySelector("img").alt = words.caption;
      button.textContent = "Another caption";
      say("");
      return;
    } catch (error) {
      await seen;
      button.textContent = "Find a caption";
      if (error.status === 401) return ended(error.message);
      if (!error.waitSeconds) return say(error.message);
      say(`${error.message} Yours is asked for again by itself.`);
      await countdown(button, error.waitSeconds, "Trying again in");
    }
  }
}

async function upload(files) {
  const problems = [];
  for (const file of files) {
    if (file.size > maxBytes) {
      problems.push(`${file.name}: larger than ${Math.round(maxBytes / 1e6)} MB.`);
      continue;
    }
    say(`Uploading ${file.name} …`);
    try {
      show(await ask("POST", "/api/pictures", file));
    } catch (error) {
      if (error.status === 401) return ended(error.message);
      problems.push(`${file.name}: ${error.message}`);
    }
  }
  say(problems.join(" "));
}

byId("file").addEventListener("change", async (event) => {
  await upload([...event.target.files]);
  event.target.value = "";
});
for (const name of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragover");
    if (name === "drop") upload([...event.dataTransfer.files]);
  });
}
slow.addEventListener("change", () => {
  ask("PUT", `/api/slow-mode/${slow.checked ? "on" : "off"}`).catch((error) => say(error.message));
});
byId("leave").addEventListener("click", async () => {
  await ask("POST", "/api/leave").catch(() => undefined);
  location.assign("/");
});

ask("GET", "/api/me").then((me) => {
  slow.checked = me.slow_mode;
  slowSeconds = me.slow_mode_delay_seconds;
  byId("empty").hidden = me.pictures.length > 0;
  me.pictures.forEach(show);
}, (error) => error.status !== 401 && say(error.message));
