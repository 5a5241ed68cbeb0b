// The console: one page, one module a screen, an address for each.

import { Link, api, here, html, render, useData, useEffect, useState } from './lib.js'
import { Call, Calls } from './calls.js'
import { Faults, Time } from './steering.js'
import { Identity } from './identity.js'
import { Letter, Mail } from './mail.js'
import { Overview } from './overview.js'
import { Resource, Resources } from './resources.js'

const SCREENS = [
  ['', 'Overview', Overview], ['calls', 'Calls', Calls, Call], ['resources', 'Resources', Resources, Resource],
  ['mail', 'Mailbox', Mail, Letter], ['time', 'Time', Time], ['faults', 'Faults', Faults], ['identity', 'Identity', Identity],
]

function App() {
  const [path, setPath] = useState(here())
  useEffect(() => {
    const moved = () => setPath(here() + location.search)
    addEventListener('popstate', moved)
    return () => removeEventListener('popstate', moved)
  }, [])
  const status = useData(() => api('status'), [], 5)
  const [first, ...rest] = path.split('?')[0].split('/')
  const screen = SCREENS.find(([name]) => name === first) || SCREENS[0]
  const Shown = rest.length && screen[3] ? screen[3] : screen[2]
  useEffect(() => { document.title = `${screen[1]} · cloudchamber` }, [screen[1]])
  return html`
    <a class="skip" href="#main">To the content</a>
    <header>
      <h1>cloudchamber</h1>
      <nav aria-label="Screens">${SCREENS.map(([name, label]) => html`<${Link} to=${name} aria-current=${name === screen[0] ? 'page' : null}>${label}<//>`)}</nav>
      <p class="quiet wide" role="status">${status.error ? html`<span class="bad">no cloud answers</span>` : status.value && `${status.value.clock.now.slice(0, 19)} (${status.value.clock.mode}) · ${status.value.calls} calls`}</p>
    </header>
    <main id="main" tabindex="-1"><${Shown} key=${path} rest=${rest.join('/')} /></main>`
}

render(html`<${App} />`, document.getElementById('app'))
