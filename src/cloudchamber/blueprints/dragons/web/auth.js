// Signing in on the user pool's own pages: an authorization code with proof (PKCE), tokens for it, new ones by the
// refresh token, and signing out.
// https://docs.aws.amazon.com/cognito/latest/developerguide/using-pkce-in-authorization-code.html

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))
const EARLY_SECONDS = 20 // before a token expires, a new one is fetched

function base64url(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)))
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

export class SignInFailed extends Error {}

export class Auth {
  constructor({ authUrl, clientId, siteUrl }) {
    Object.assign(this, { authUrl, clientId, siteUrl })
    this.tokens = JSON.parse(sessionStorage.getItem('tokens') || 'null')
  }

  get signedIn() { return this.tokens !== null }

  // What the ID token says of who is signed in. The API checks it; here it is only shown.
  get claims() {
    const body = this.tokens.id_token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(body), char => char.charCodeAt(0))))
  }

  // Off to the hosted page, '/oauth2/authorize' or '/signup'. The verifier stays here; only its hash goes along.
  async leave(path) {
    const verifier = random()
    const state = random()
    sessionStorage.setItem('leaving', JSON.stringify({ verifier, state }))
    const challenge = base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))
    location.assign(`${this.authUrl}${path}?` + new URLSearchParams({
      client_id: this.clientId, response_type: 'code', scope: 'openid email', redirect_uri: this.siteUrl, state,
      code_challenge: challenge, code_challenge_method: 'S256',
    }))
  }

  // Back from the hosted page, with a code or an error in the address; nothing to do otherwise.
  async arrive() {
    const told = new URLSearchParams(location.search)
    if (!told.has('code') && !told.has('error')) return
    history.replaceState(null, '', location.pathname)
    const left = JSON.parse(sessionStorage.getItem('leaving') || '{}')
    sessionStorage.removeItem('leaving')
    if (told.has('error')) throw new SignInFailed(told.get('error_description') || told.get('error'))
    if (told.get('state') !== left.state) {
      throw new SignInFailed('This sign-in was not begun here. Please sign in again.')
    }
    this.#keep(await this.#token({
      grant_type: 'authorization_code', code: told.get('code'), redirect_uri: this.siteUrl,
      code_verifier: left.verifier,
    }))
  }

  // An ID token that is good for some seconds at least.
  async idToken() {
    if (Date.now() / 1000 > this.claims.exp - EARLY_SECONDS) await this.refresh()
    return this.tokens.id_token
  }

  async refresh() {
    try {
      const made = await this.#token({ grant_type: 'refresh_token', refresh_token: this.tokens.refresh_token })
      this.#keep({ ...this.tokens, ...made })
    } catch (error) {
      this.#keep(null)
      throw error
    }
  }

  async signOut() {
    const { refresh_token } = this.tokens
    this.#keep(null)
    await this.#post('/oauth2/revoke', { token: refresh_token }).catch(() => {})
    const back = new URLSearchParams({ client_id: this.clientId, logout_uri: this.siteUrl })
    location.assign(`${this.authUrl}/logout?${back}`)
  }

  async #token(form) {
    const response = await this.#post('/oauth2/token', form)
    const told = await response.json()
    if (!response.ok) throw new SignInFailed(`Please sign in again (${told.error}).`)
    return told
  }

  #post(path, form) {
    const body = new URLSearchParams({ client_id: this.clientId, ...form })
    return fetch(this.authUrl + path, { method: 'POST', body })
  }

  #keep(tokens) {
    this.tokens = tokens
    if (tokens) sessionStorage.setItem('tokens', JSON.stringify(tokens))
    else sessionStorage.removeItem('tokens')
  }
}
