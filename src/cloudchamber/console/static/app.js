// The console's first page: what runs, and each call as it ends. Everything comes from the JSON API.
const API = "/_cloudchamber/api/";
const ROWS_MAX = 200;
const $ = (id) => document.getElementById(id);

async function get(path) {
  const answer = await fetch(API + path);
  return answer.json();
}

function cell(text, className = "") {
  const td = document.createElement("td");
  td.textContent = text;
  td.className = className;
  return td;
}

function row(span) {
  const tr = document.createElement("tr");
  const open = document.createElement("button");
  open.textContent = `${span.service}:${span.operation || "?"}`;
  open.addEventListener("click", () => show(span.request_id));
  const call = document.createElement("td");
  call.append(open, span.error ? ` ${span.error}` : "");
  const tone = span.status >= 400 ? "bad" : "good";
  tr.append(cell(span.at.slice(11, 19)), cell(String(span.status), tone), call);
  tr.append(cell(span.principal.split(":").pop()), cell(span.duration_ms.toFixed(2)));
  return tr;
}

function add(span) {
  $("none")?.remove();
  $("calls").prepend(row(span));
  while ($("calls").rows.length > ROWS_MAX) $("calls").deleteRow(-1);
}

async function show(requestId) {
  const id = encodeURIComponent(requestId);
  const [explained, traced] = await Promise.all([get(`explain/${id}`), get(`traces/${id}`)]);
  $("detail").hidden = false;
  $("explanation").textContent = explained.explanation?.join("\n") ?? explained.error;
  $("body").textContent = JSON.stringify({ input: traced.call?.input, output: traced.call?.output }, null, 2);
  $("detail").scrollIntoView();
}

async function about() {
  const status = await get("status");
  const services = Object.keys(status.services).join(", ");
  $("about").textContent = `${status.version} at ${status.endpoint} · ${services} · ${status.clock.now} (${status.clock.mode})`;
}

function listen() {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}${API}traces/stream`);
  socket.addEventListener("message", (event) => add(JSON.parse(event.data)));
  socket.addEventListener("close", () => {
    $("about").textContent = "the cloud is gone; trying again …";
    setTimeout(start, 2000);
  });
}

async function start() {
  try {
    await about();
    const { spans } = await get(`traces?limit=${ROWS_MAX}`);
    $("calls").replaceChildren(...spans.map(row));
    listen();
  } catch {
    setTimeout(start, 2000);
  }
}

start();
