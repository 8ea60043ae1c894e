import com.sun.security.auth.callback.TextCallbackHandler;
import java.net.URL;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyStoreBuilderParameters;
import javax.net.ssl.SSLContext;

/** Prints the page of its argument, asked for with HttpsURLConnection and the card's certificate. */
class Visit {
    public static void main(String[] arguments) throws Exception {
        Provider card = Security.getProvider("SunPKCS11").configure("cps.cfg");
        Security.addProvider(card);
        var ask = new KeyStore.CallbackHandlerProtection(new TextCallbackHandler());
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(new KeyStoreBuilderParameters(KeyStore.Builder.newInstance("PKCS11", card, ask)));
        var tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), null, null);
        HttpsURLConnection.setDefaultSSLSocketFactory(tls.getSocketFactory());
        try (var page = new URL(arguments[0]).openStream()) {
            page.transferTo(System.out);
        }
    }
}
