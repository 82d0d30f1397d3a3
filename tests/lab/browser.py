# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A person's browser: headless Chromium at Keycloak's pages, with scripts, cookies and security keys. None of our code.

The fields' ids are those of Keycloak's theme keycloak.v2 (26.7).
"""

from __future__ import annotations

import base64
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import typing as t

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.virtual_authenticator import Credential, VirtualAuthenticatorOptions
from selenium.webdriver.support.ui import WebDriverWait

from tests.lab.keycloak_login import code
from tests.lab.packages import programs

SECONDS = 60
CALLBACK = "http://localhost:8250/"
# Where people set up what they log in with, below a realm's address.
ACCOUNT = "account/account-security/signing-in"
ARGUMENTS = (
    "--headless=new", "--window-size=1200,1400", "--lang=en",
    # Chromium refuses to run as root with its sandbox, and the lab needs root. All it is shown are the lab's own pages.
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
    # Nothing but loopback: neither what Chromium asks of its makers by itself, nor a proxy, nor any other name.
    "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--no-first-run", "--no-default-browser-check", "--no-pings", "--metrics-recording-only", "--password-store=basic",
)


class Browser:
    """``folder``: for its profile and its log; ``ca_file``: PEM of the authority that it trusts beside its own; ``tools``: paths of its programs."""

    def __init__(self, folder: pathlib.Path, ca_file: str, tools: dict[str, str]):
        # Authorities that a person adds are in a database in the person's home; a wrong name or an expired certificate stays an error.
        store = folder / ".pki/nssdb"
        store.mkdir(parents=True)
        for words in (["-N", "--empty-password"], ["-A", "-n", "lab", "-t", "C,,", "-i", ca_file]):
            subprocess.run([tools["certutil"], "-d", f"sql:{store}", *words], check=True, capture_output=True, timeout=60)
        options = webdriver.ChromeOptions()
        options.binary_location = tools["chromium"]
        for argument in (*ARGUMENTS, f"--user-data-dir={folder / 'profile'}"):
            options.add_argument(argument)
        # With the driver's path selenium looks for none; the environment says that it must not fetch one either.
        env = {"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "SE_OFFLINE": "true", "SE_AVOID_STATS": "true"}
        # A log of commands would hold what is typed.
        service = webdriver.ChromeService(tools["chromedriver"], env=env, service_args=["--log-level=WARNING"], log_output=str(folder / "chromedriver.log"))
        self.driver = webdriver.Chrome(options=options, service=service)
        self._key = False

    def end(self) -> None:
        """Ends the browser and its driver."""
        self.driver.quit()

    def wait(self, what: t.Callable[[], t.Any], seconds: float = SECONDS) -> t.Any:
        """Waits until ``what`` gives something true, and returns that; raises AssertionError with the page's text."""
        waiting = WebDriverWait(self.driver, seconds, 0.1, ignored_exceptions=[StaleElementReferenceException])
        try:
            return waiting.until(lambda _driver: what())
        except WebDriverException as error:
            raise AssertionError(f"not within {seconds} s, at {self.driver.current_url.partition('?')[0]}: {self.told}") from error

    def find(self, selector: str) -> t.Any:
        """The first element that is shown, or None."""
        return next((element for element in self.driver.find_elements(By.CSS_SELECTOR, selector) if element.is_displayed()), None)

    def await_one(self, *selectors: str) -> t.Any:
        """Waits until one of these elements is shown."""
        return self.wait(lambda: self.find(", ".join(selectors)))

    def await_text(self, text: str) -> bool:
        """Waits until the page shows the text; a page that has come need not be drawn yet."""
        return bool(self.wait(lambda: text in self.told))

    @property
    def told(self) -> str:
        """The page's text, as it is seen."""
        return " ".join(self.driver.find_element(By.TAG_NAME, "body").text.split())

    def visit(self, url: str, languages: str = "en") -> Browser:
        """Goes there as somebody who was never here before, and whose browser asks for these languages."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {"Accept-Language": languages}})
        self.driver.get(url)
        return self

    def fill(self, then: str, **fields: str) -> None:
        """Fills in fields by their ids and clicks; returns when the page is another one."""
        for name, content in fields.items():
            field = self.await_one(f"#{name}")
            field.clear()
            field.send_keys(content)
        self.press(then)

    def press(self, selector: str, text: str = "") -> None:
        """Clicks on what is there, or on the one whose text begins so; returns when the page is another one, and its scripts have run."""
        before, asked = self.driver.find_element(By.TAG_NAME, "html"), self.await_one(selector)
        (next(way for way in self.driver.find_elements(By.CSS_SELECTOR, selector) if way.text.startswith(text)) if text else asked).click()
        self.wait(lambda: self._gone(before) and self._settled())

    def _settled(self) -> bool:
        """Has the page come, and have its scripts run? `bao` ends as soon as it has answered, so what else its own page asks for may never come."""
        return self.driver.current_url.startswith(CALLBACK) or self.driver.execute_script("return document.readyState") == "complete"

    @staticmethod
    def _gone(element: t.Any) -> bool:
        try:
            element.is_enabled()
        except StaleElementReferenceException:
            return True
        return False

    # --- Keycloak's pages ----------------------------------------------------------------------------------------------------------
    def log_in(self, username: str, password: str) -> None:
        self.fill("#kc-login", username=username, password=password)

    def give(self, one_time_code: str) -> None:
        """Answers the question for a one-time code."""
        self.fill("#kc-login", otp=one_time_code)

    def enrol_code(self) -> str:
        """Sets up one-time codes as a person without a camera does; returns the secret that the page shows."""
        self.press("#mode-manual")
        secret = self.await_one("#kc-totp-secret-key").text.replace(" ", "")
        self.fill("#saveTOTPBtn", totp=code(secret), userLabel="phone")
        return secret

    def enrol_key(self, label: str) -> None:
        """On the account's page: sets up the security key that is plugged in."""
        self.press("[data-testid='webauthn/create']")
        self.await_one("#registerWebAuthn").click()
        prompt = self.wait(self._prompt)
        prompt.send_keys(label)
        prompt.accept()
        self.wait(lambda: label in self.told)

    def another_way(self, name: str) -> None:
        """Chooses another second factor than the one that is asked for."""
        self.press("#try-another-way")
        self.press("[role=button]", name)

    def touch(self) -> None:
        """Asks for the security key; one that is plugged in answers at once."""
        self.await_one("#authenticateWebAuthnButton").click()

    def _prompt(self) -> t.Any:
        try:
            return self.driver.switch_to.alert
        except WebDriverException:
            return None

    # --- security keys: Chromium's own, of software --------------------------------------------------------------------------------
    def plug_in(self, *credentials: Credential) -> None:
        """A security key that is touched whenever it blinks; a new one but for these credentials."""
        self.pull_out()
        options = VirtualAuthenticatorOptions()
        options.protocol, options.transport = VirtualAuthenticatorOptions.Protocol.CTAP2, VirtualAuthenticatorOptions.Transport.USB
        self.driver.add_virtual_authenticator(options)
        self._key = True
        for credential in credentials:
            self.driver.add_credential(credential)

    def credential(self) -> Credential:
        """The one that the key holds, with its private key."""
        return self.driver.get_credentials()[0]

    def pull_out(self) -> None:
        """Takes the security key away."""
        if self._key:
            self.driver.remove_virtual_authenticator()
            self._key = False


def copied(key: Credential, count: int, *, forged: bool = False) -> Credential:
    """A copy of what a security key holds, which has been used that often; forged: with a private key of its own."""
    private = base64.urlsafe_b64decode(key.private_key + "=" * (-len(key.private_key) % 4))
    if forged:
        private = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Credential.create_non_resident_credential(base64.urlsafe_b64decode(key.id + "=" * (-len(key.id) % 4)), key.rp_id, private, count)


@pytest.fixture(scope="module")
def browser(lab: t.Any) -> t.Iterator[Browser]:
    """A browser that trusts the lab; its profile goes with it."""
    tools, folder = programs("browser"), pathlib.Path(tempfile.mkdtemp(prefix="browser"))
    try:
        made = Browser(folder, lab.ca_file, tools)
        try:
            yield made
        finally:
            made.end()
    finally:
        # Chromium's last processes may still be writing.
        for _attempt in range(50):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.1)
