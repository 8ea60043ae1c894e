"""The configuration files of dovecot and postfix, with nothing of the machine's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_TLS = """\
openssl_conf = main
[main]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MinProtocol = {version}
MaxProtocol = {version}
"""

_DOVECOT = """\
base_dir = {root}/run
state_dir = {root}/run
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imap_port}
    ssl = yes
  }}
}}
ssl = required
ssl_cert = <{root}/server.pem
ssl_key = <{root}/server.key
ssl_ca = <{root}/cards.pem
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_require_client_cert = yes
auth_ssl_username_from_cert = yes
ssl_cert_username_field = commonName
auth_mechanisms = external
passdb {{
  driver = static
  args = nopassword=yes
}}
userdb {{
  driver = static
  args = uid={user} gid={user} home={root}/mailboxes/%u
}}
first_valid_uid = 1
mail_location = maildir:~
"""

_POSTFIX = """\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = /dev/stdout
inet_protocols = ipv4
inet_interfaces = 127.0.0.1
myhostname = localhost
mydestination =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = inline:{{ {address}={mailbox}/ }}
virtual_mailbox_base = {root}/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_wrappermode = yes
smtpd_tls_security_level = encrypt
smtpd_tls_mandatory_protocols = {version}
smtpd_tls_cert_file = {root}/server.pem
smtpd_tls_key_file = {root}/server.key
smtpd_tls_CAfile = {root}/cards.pem
smtpd_tls_req_ccert = yes
smtpd_tls_received_header = yes
smtpd_tls_loglevel = 1
smtpd_tls_fingerprint_digest = sha256
relay_clientcerts = inline:{{ {fingerprint}={mailbox} }}
smtpd_relay_restrictions = permit_tls_clientcerts, reject
smtpd_recipient_restrictions = permit_tls_clientcerts, reject
"""

# service, type, private, unprivileged, chroot, wakeup, maxproc, command
_POSTFIX_SERVICES = """\
127.0.0.1:{smtp_port} inet n - n - - smtpd
pickup   unix n - n 60 1 pickup
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
tlsmgr   unix - - n 1000? 1 tlsmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error    unix - - n - - error
retry    unix - - n - - error
virtual  unix - n n - - virtual
postlog  unix-dgram n - n - 1 postlogd
"""

_FILES = {
    "openssl.cnf": _TLS,
    "dovecot.conf": _DOVECOT,
    "postfix/main.cf": _POSTFIX,
    "postfix/master.cf": _POSTFIX_SERVICES,
}


def write_settings(directory: Path, values: Mapping[str, object]) -> None:
    """Writes every file of both servers."""
    (directory / "postfix").mkdir()
    for name, text in _FILES.items():
        (directory / name).write_text(text.format_map(values))
