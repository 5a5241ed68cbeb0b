// The console: one page, one module a screen, an address for each, and keys for who does not use a mouse.

import { api, count, go, here, html, render, useData, useEffect, useRef, useState, when } from './lib.js'
import { Call } from './call.js'
import { Calls } from './calls.js'
import { Faults } from './faults.js'
import { Glyph } from './glyphs.js'
import { Identity } from './identity.js'
import { Letter, Mail } from './mail.js'
import { Link } from './parts.js'
import { Overview } from './overview.js'
import { Resource } from './resource.js'
import { Resources } from './resources.js'
import { Time } from './time.js'

// path, label, screen, screen of what is below it, key
const SCREENS = [
  ['', 'Overview', Overview, null, 'o'], ['calls', 'Calls', Calls, Call, 'c'],
  ['resources', 'Resources', Resources, Resource, 'r'], ['mail', 'Mailbox', Mail, Letter, 'm'],
  ['time', 'Time', Time, null, 't'], ['faults', 'Faults', Faults, null, 'f'],
  ['identity', 'Identity', Identity, null, 'i'],
]

const THEMES = ['system', 'light', 'dark']
const dark = matchMedia('(prefers-color-scheme: dark)')
const MODES = { real: 'real time', frozen: 'time stands still', offset: 'time was moved' }
const chosenTheme = () => THEMES.includes(localStorage.theme) ? localStorage.theme : 'system'

function paint() {
  const theme = chosenTheme()
  document.documentElement.dataset.theme = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
}

function useTheme() {
  const [theme, set] = useState(chosenTheme())
  useEffect(() => {
    dark.addEventListener('change', paint)
    return () => dark.removeEventListener('change', paint)
  }, [])
  const next = () => {
    localStorage.theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]
    set(chosenTheme())
    paint()
  }
  return [theme, next]
}

// A letter opens its screen, `/` goes to the first field, `?` says so.
function useKeys(help) {
  useEffect(() => {
    const pressed = event => {
      if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest('input, textarea, select')) return
      const screen = SCREENS.find(one => one[4] === event.key)
      if (screen) go(screen[0])
      else if (event.key === '/') document.querySelector('main input')?.focus()
      else if (event.key === '?') help.current?.showModal()
      else return
      event.preventDefault()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
}

// On a phone the screens stand side by side, more than fit: the current one is brought into view.
const showCurrent = () =>
  document.querySelector('nav [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' })

function Side({ current, onHelp }) {
  const { value: status, error } = useData(() => api('status'), [], 5)
  const [theme, nextTheme] = useTheme()
  useEffect(showCurrent, [current])
  const counts = status && { calls: status.calls, faults: status.faults }
  return html`<header class="side">
    <h1 class="brand"><${Glyph} name="chamber" />cloudchamber</h1>
    <nav aria-label="Screens">${SCREENS.map(([path, label]) => html`
      <${Link} to=${path} aria-current=${path === current ? 'page' : null}>
        <${Glyph} name=${path || 'overview'} />${label}
        ${counts?.[path] ? html`<span class="count">${count(counts[path])}</span>` : null}<//>`)}</nav>
    <div class="state" role="status">
      ${error && html`<p class="bad">No cloud answers.</p>`}
      ${status && !error && html`<p class="t">${when(status.clock.now)}</p>
        <p class="quiet">${MODES[status.clock.mode]}</p>
        <p class="quiet">${status.data_dir ? 'kept on disk' : 'in memory'} · ${status.version}</p>`}
      <button class="small" onClick=${nextTheme} aria-label="Colours: ${theme}">${theme}</button>${' '}
      <button class="small" onClick=${onHelp} aria-label="Keys">?</button>
    </div></header>`
}

const Help = ({ at }) => html`<dialog ref=${at} aria-label="Keys"><h3>Keys</h3>
  <dl>${SCREENS.map(([, label, , , key]) => html`<dt><kbd>${key}</kbd></dt><dd>${label}</dd>`)}
    <dt><kbd>/</kbd></dt><dd>to the first field</dd>
    <dt><kbd>j</kbd> <kbd>k</kbd> <kbd>Enter</kbd></dt><dd>through the calls</dd></dl>
  <form method="dialog"><button class="main">Close</button></form></dialog>`

function App() {
  const [path, setPath] = useState(here() + location.search)
  const help = useRef(null)
  useEffect(() => {
    const moved = () => setPath(here() + location.search)
    addEventListener('popstate', moved)
    return () => removeEventListener('popstate', moved)
  }, [])
  useKeys(help)
  const [first, ...rest] = path.split('?')[0].split('/')
  const screen = SCREENS.find(([name]) => name === first) || SCREENS[0]
  const Shown = rest.length && screen[3] ? screen[3] : screen[2]
  useEffect(() => { document.title = `${screen[1]} · cloudchamber` }, [screen[1]])
  return html`<a class="skip" href="#main">To the content</a>
    <${Side} current=${screen[0]} onHelp=${() => help.current.showModal()} />
    <main id="main" tabindex="-1"><${Shown} key=${path} rest=${rest.map(decodeURIComponent).join('/')} /></main>
    <${Help} at=${help} />`
}

paint()
render(html`<${App} />`, document.getElementById('app'))
