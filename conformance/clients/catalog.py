"""Every client of the table, in its order."""

from __future__ import annotations

from conformance.clients import (
    chromium,
    cps_chromium,
    cps_firefox,
    curl,
    curl_mail,
    firefox,
    gnutls,
    java,
    nss_tools,
    openssl_engine,
    openssl_provider,
    p11_kit,
    p11_kit_remote,
    pkcs11_tool,
    pyhanko,
    python_libraries,
    ssh,
    thunderbird,
    xml_signature,
)
from conformance.clients.story import Story

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
