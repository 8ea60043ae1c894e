// What a person does in the windows of Thunderbird, told from inside; ../thunderbird.py says when.

const POLL_MILLISECONDS = 50;

async function until(look) {
    for (;;) {
        const seen = look();
        if (seen) {
            return seen;
        }
        await new Promise(resolve => setTimeout(resolve, POLL_MILLISECONDS));
    }
}

/** Lets the account assistant make an account whose servers want a certificate instead of a password. */
async function openAccount({ name, address, mailbox, host, imapPort, smtpPort }) {
    const folder = "resource:///modules/accountcreation";
    const { AccountConfig } = ChromeUtils.importESModule(`${folder}/AccountConfig.sys.mjs`);
    const { ConfigVerifier } = ChromeUtils.importESModule(`${folder}/ConfigVerifier.sys.mjs`);
    const { CreateInBackend } = ChromeUtils.importESModule(`${folder}/CreateInBackend.sys.mjs`);
    const config = new AccountConfig();
    const server = { hostname: host, socketType: Ci.nsMsgSocketType.SSL };
    config.identity = { realname: name, emailAddress: address };
    Object.assign(config.incoming, server, {
        type: "imap", port: imapPort, username: mailbox, auth: Ci.nsMsgAuthMethod.External,
    });
    Object.assign(config.outgoing, server, { type: "smtp", port: smtpPort, auth: Ci.nsMsgAuthMethod.none });
    await new ConfigVerifier(msgWindow, new AbortController().signal).verifyConfig(config);
    await CreateInBackend.createAccountInBackend(config);
}

/** Chooses the certificates of the identity, by the names they have on the card, as in the settings of the account. */
async function chooseCertificates(signing, encryption) {
    const identity = MailServices.accounts.defaultAccount.defaultIdentity;
    for (const [use, usage, wanted] of [["signing", 4, signing], ["encryption", 5, encryption]]) {
        const certificate = pick(usage, wanted, identity.email);
        identity.setUnicharAttribute(`${use}_cert_name`, certificate.displayName);
        identity.setCharAttribute(`${use}_cert_dbkey`, certificate.dbKey);
    }
}

/** Takes a certificate from the list that Thunderbird shows, of those it finds fit for a usage (SECCertUsage). */
function pick(usage, wanted, address) {
    const watcher = {
        observe(dialog) {
            dialog.addEventListener("load", () => {
                const list = dialog.document.getElementById("nicknames");
                list.selectedItem = list.menupopup.querySelector(`[label*="${wanted}"]`);
                const buttons = dialog.document.querySelector("dialog");
                dialog.setTimeout(() => list.selectedItem ? buttons.acceptDialog() : buttons.cancelDialog());
            }, { once: true });
        },
    };
    const picker = Cc["@mozilla.org/user_cert_picker;1"].createInstance(Ci.nsIUserCertPicker);
    Services.ww.registerNotification(watcher);
    try {
        return picker.pickByUsage(window, "", usage, false, true, address, {});
    } finally {
        Services.ww.unregisterNotification(watcher);
    }
}

/** Writes a mail to oneself in the composition window and presses Send. */
async function sendMail(subject, text, { sign = false, encrypt = false }) {
    const identity = MailServices.accounts.defaultAccount.defaultIdentity;
    identity.signMail = sign;
    identity.encryptionPolicy = encrypt ? 2 : 0;
    const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
    Object.assign(fields, { to: identity.email, subject, body: text });
    const params = Cc["@mozilla.org/messengercompose/composeparams;1"].createInstance(Ci.nsIMsgComposeParams);
    Object.assign(params, { identity, composeFields: fields, format: Ci.nsIMsgCompFormat.PlainText });
    MailServices.compose.OpenComposeWindowWithParams(null, params);
    const composition = await until(() => Services.wm.getMostRecentWindow("msgcompose"));
    const button = await until(() => composition.document.getElementById("button-send"));
    await until(() => composition.gMsgCompose?.editor && !button.disabled);
    // Its marks for signing and encryption come a little later, and so does the certificate of the recipient.
    await until(() => composition.gSendSigned == (sign || encrypt) && composition.gSendEncrypted == encrypt);
    await until(() => !encrypt || composition.gSMFields.haveValidCertForEmail(identity.email));
    const asked = window.askedOfUser.length;
    button.click();
    await until(() => composition.closed || window.askedOfUser.length > asked);
    if (!composition.closed) {
        throw new Error(window.askedOfUser.at(-1));
    }
}

function verdict(status) {
    const known = ["SUCCESS", "VERIFY_CERT_WITHOUT_ADDRESS"];
    return status == -1 ? "none" : known.find(name => Ci.nsICMSMessageErrors[name] == status) ?? String(status);
}

/** Opens the mail of this subject in the inbox, and tells what its reader sees. */
async function readMail(subject) {
    const { incomingServer } = MailServices.accounts.defaultAccount;
    const inbox = incomingServer.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
    const pane = document.getElementById("tabmail").currentAbout3Pane;
    pane.displayFolder(inbox.URI);
    inbox.getNewMessages(msgWindow, null);
    const mail = await until(() => [...inbox.messages].find(header => header.subject == subject));
    pane.selectMessage(mail);
    const reader = await until(() => pane.messageBrowser?.contentWindow);
    const page = () => reader.getMessagePaneBrowser()?.contentDocument?.body?.textContent?.trim();
    await until(() => reader.gMessage == mail && reader.msgLoaded && page());
    await until(() => !(reader.gReceivedSignatureCount < reader.gExpectedSignatureCount));
    return {
        text: page(),
        signature: verdict(reader.gSignatureStatus),
        signer: reader.gSignerCert?.sha256Fingerprint ?? "",
        encryption: verdict(reader.gEncryptionStatus),
    };
}
