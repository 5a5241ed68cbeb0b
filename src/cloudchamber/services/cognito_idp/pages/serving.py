"""Which page answers a visit. The door of the gateway comes in here, by a private operation.

Queries, forms and cookies come as bytes and pages go out as objects that do not show what is in them, so that a trace
of the call has neither passwords nor codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Request, private_operation
from cloudchamber.services.cognito_idp.pages import html
from cloudchamber.services.cognito_idp.pages.base import Call
from cloudchamber.services.cognito_idp.pages.federating import Federating
from cloudchamber.services.cognito_idp.pages.html import View
from cloudchamber.services.cognito_idp.pages.oauth import CallbackError, PageError
from cloudchamber.services.cognito_idp.pages.redeeming import Redeeming
from cloudchamber.services.cognito_idp.pages.visit import Page, Visit, redirect

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

# (method, path) -> the method of `Pages` that answers. Forms are posted by our own pages only; what applications call
# has no cookies to steal.
FORMS: Final = {
    "/login": "enter", "/signup": "join", "/confirm": "confirm_code", "/resend": "send_again",
    "/forgotPassword": "send_forgotten", "/confirmForgotPassword": "reset",
}  # fmt: skip
PAGES: Final = {
    "/oauth2/authorize": "authorize", "/login": "login", "/signup": "sign_up_form", "/confirm": "confirm_form",
    "/confirmUser": "confirm_link", "/forgotPassword": "forgot_form", "/confirmForgotPassword": "reset_form",
    "/logout": "logout", "/oauth2/idpresponse": "idp_response", "/saml2/arrived": "saml_arrived",
    "/oauth2/userInfo": "user_info", "/error": "told",
}  # fmt: skip
ENDPOINTS: Final = {"/oauth2/token": "token", "/oauth2/userInfo": "user_info", "/oauth2/revoke": "revoke"}
# What another site's page posts here: what comes with it is proof of its own.
POSTED: Final = {"/saml2/idpresponse": "saml_response"}
ROUTES: Final = {
    **{("GET", path): name for path, name in PAGES.items()},
    **{("POST", path): name for path, name in (FORMS | ENDPOINTS | POSTED).items()},
    **{("OPTIONS", path): "preflight" for path in ENDPOINTS},
}
PATHS: Final = frozenset(path for _, path in ROUTES)
# What the error page says; other texts, which anybody could put into its address, are not repeated.
_KNOWN: Final = frozenset((
    "redirect_mismatch", "Client does not exist.", "Client is not enabled for OAuth2.0 flows.", "Invalid state",
    "Required String parameter 'client_id' is not present", "Required String parameter 'redirect_uri' is not present",
))  # fmt: skip
_TITLE: Final = "An error was encountered with the requested page."


class Pages(Redeeming, Federating):
    @private_operation
    async def serve_page(self, ctx: Context, request: Request) -> dict[str, Any]:
        """{"Domain", "Region" (or ""), "Method", "Path", "Base", "Origin", "Query", "Body", "Cookie", "Authorization":
        bytes} → {"Status", "Page"} with the page's headers and body."""
        visit = Visit(
            request["Method"], request["Path"], request["Query"].decode("latin-1"), request["Body"],
            request["Cookie"].decode("latin-1"), request["Authorization"].decode("latin-1"), request["Base"],
            request["Origin"],
        )  # fmt: skip
        page = await self._serve(ctx, visit, (request["Domain"], request["Region"]))
        return {"Status": page.status, "Page": page}

    async def _serve(self, ctx: Context, visit: Visit, place: tuple[str, str]) -> Page:
        name, region = place
        domain = self.store.domains.get(name)
        pool = None if domain is None else self.store.pools.get(domain.pool_id)
        if pool is None or (region and pool.region != region):
            return html.page(View("There are no pages here", text="No user pool has this domain."), 404)
        self.settle_in(ctx, pool)
        call = Call(ctx, pool, visit)
        route = ROUTES.get(("GET" if visit.method == "HEAD" else visit.method, visit.path))
        if route is None:
            return html.page(View("There is no such page"), 405 if visit.path in PATHS else 404)
        page = await self._answered(call, route)
        page.headers += call.cookies
        return page

    async def _answered(self, call: Call, route: str) -> Page:
        if call.visit.method == "POST" and call.visit.path in FORMS and not call.is_own_form:
            text = "This form has expired. Please go back to the application and try again."
            return call.show(View(_TITLE, text), 403)
        try:
            page: Page = await getattr(self, route)(call)
            return page
        except PageError as error:
            told = {"error": str(error)}
            if call.visit.query.get("client_id"):
                told["client_id"] = call.visit.query["client_id"]
            return redirect(call.visit.link("/error", told))
        except CallbackError as error:
            return redirect(error.location)
        except AwsError as error:
            return call.show(View(_TITLE, error.message), error.status)

    async def told(self, call: Call) -> Page:
        error = call.visit.query.get("error", "")
        return call.show(View(_TITLE, error if error in _KNOWN else "Something went wrong."), 400)
