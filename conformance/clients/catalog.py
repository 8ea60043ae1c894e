"""Every client of the table, in its order."""

from __future__ import annotations

from conformance.clients import cps_chromium
from conformance.clients import test_cps_browsers as cps_firefox
from conformance.clients import test_curl as curl_mail
from conformance.clients import test_gnutls as gnutls
from conformance.clients import test_java as java
from conformance.clients import test_nss as nss_tools
from conformance.clients import test_p11_kit as p11_kit
from conformance.clients import test_p11_kit_remote as p11_kit_remote
from conformance.clients import test_pkcs11_tool as pkcs11_tool
from conformance.clients import test_pyhanko as pyhanko
from conformance.clients import test_python_libraries as python_libraries
from conformance.clients import test_ssh as ssh
from conformance.clients import test_thunderbird as thunderbird
from conformance.clients import test_xml_signature as xml_signature
from conformance.clients.browsers import chromium, firefox
from conformance.clients.story import Story
from conformance.clients.support import curl, openssl_engine, openssl_provider

CLIENTS = (
    pkcs11_tool,
    python_libraries,
    java,
    pyhanko,
    xml_signature,
    nss_tools,
    openssl_engine,
    openssl_provider,
    gnutls,
    curl,
    curl_mail,
    ssh,
    p11_kit,
    p11_kit_remote,
    firefox,
    chromium,
    thunderbird,
    cps_firefox,
    cps_chromium,
)

STORIES: tuple[Story, ...] = tuple(story for client in CLIENTS for story in client.STORIES)
