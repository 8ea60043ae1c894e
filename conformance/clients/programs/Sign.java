import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.HexFormat;
import javax.crypto.Cipher;

/**
 * Signs through SunPKCS11 what each line of its standard input asks for: algorithm, hash and salt length for PSS (or "-"
 * and 0), data in hexadecimal, alias of the key. Prints a signature for each, or what spoke against it. The first line
 * is the code porteur.
 */
class Sign {
    public static void main(String[] arguments) throws Exception {
        Provider card = Security.getProvider("SunPKCS11").configure("cps.cfg");
        var lines = new BufferedReader(new InputStreamReader(System.in));
        KeyStore store = KeyStore.getInstance("PKCS11", card);
        store.load(null, lines.readLine().toCharArray());
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] asked = line.split(" ", 5);
            var key = (PrivateKey) store.getKey(asked[4], null);
            byte[] data = HexFormat.of().parseHex(asked[3]);
            try {
                System.out.println(HexFormat.of().formatHex(sign(card, key, asked, data)));
            } catch (GeneralSecurityException refusal) {
                System.out.println("refused: " + refusal);
            }
        }
    }

    private static byte[] sign(Provider card, PrivateKey key, String[] asked, byte[] data) throws GeneralSecurityException {
        if (asked[0].startsWith("RSA/")) {
            Cipher cipher = Cipher.getInstance(asked[0], card);
            cipher.init(Cipher.ENCRYPT_MODE, key);
            return cipher.doFinal(data);
        }
        Signature signature = Signature.getInstance(asked[0], card);
        signature.initSign(key);
        if (!asked[1].equals("-")) {
            int salt = Integer.parseInt(asked[2]);
            signature.setParameter(new PSSParameterSpec(asked[1], "MGF1", new MGF1ParameterSpec(asked[1]), salt, 1));
        }
        signature.update(data);
        return signature.sign();
    }
}
