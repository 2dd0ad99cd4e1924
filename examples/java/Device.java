import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.FormBody;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;

/**
 * A CLOVA device on OkHttp: logs in, keeps a downchannel, types a question, tells what it is answered, and reports that
 * it has said it. JSON is searched for the members that are needed; a device would use a parser.
 *
 * <pre>mockcloud run --scenario ../weather.yaml -- java -cp "$OKHTTP" Device.java "오늘 날씨 어때"</pre>
 */
public final class Device {
  private static final String DEVICE_ID = "7f3c4c1e-0b5e-4c61-9d2f-6a5f3e0c9b11";
  private static final String AGENT = "Example/OkHttp/1.0.0 (Linux;PC)";
  private static final MediaType JSON = MediaType.get("application/json; charset=UTF-8");
  private static final Pattern DIRECTIVE = Pattern.compile("\\{\"directive\":.*");
  private static final String CONTEXT = String.join(",",
      object("Alerts", "AlertsState", "{\"allAlerts\":[],\"activeAlerts\":[]}"),
      object("AudioPlayer", "PlaybackState", "{\"playerActivity\":\"IDLE\",\"repeatMode\":\"NONE\"}"),
      object("Device", "DeviceState", "{}"),
      object("Device", "Display", "{\"size\":\"none\"}"),
      object("Speaker", "VolumeState", "{\"volume\":5,\"muted\":false}"));

  private final HttpUrl cloud = HttpUrl.get(environment("MOCKCLOUD_DEVICE_URL"));
  private final OkHttpClient client;

  /** All requests share one connection, as they must: an event is refused on one that has no downchannel. */
  private Device() throws GeneralSecurityException, IOException {
    X509TrustManager trust = trusting(Path.of(environment("MOCKCLOUD_CA_FILE")));
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, new TrustManager[] {trust}, null);
    client = new OkHttpClient.Builder()
        .sslSocketFactory(tls.getSocketFactory(), trust)
        .readTimeout(Duration.ZERO) // a downchannel is silent for as long as there is nothing to say
        .pingInterval(Duration.ofMinutes(1))
        .build();
  }

  public static void main(String[] words) throws GeneralSecurityException, IOException {
    Device device = new Device();
    String token = device.logIn();
    try (Response downchannel = device.listen(token)) {
      String answer = device.send(
          token, "TextRecognizer", "Recognize", UUID.randomUUID().toString(),
          "{\"text\":\"" + (words.length > 0 ? words[0] : "안녕") + "\"}");
      tell("response", answer);
      String speech = member(answer, "token");
      if (speech != null) {
        device.send(token, "SpeechSynthesizer", "SpeechStarted", null, "{\"token\":\"" + speech + "\"}");
        device.send(token, "SpeechSynthesizer", "SpeechFinished", null, "{\"token\":\"" + speech + "\"}");
      }
    }
    device.client.connectionPool().evictAll();
    device.client.dispatcher().executorService().shutdown();
  }

  private String logIn() throws IOException {
    HttpUrl authorize = cloud.resolve("/authorize").newBuilder()
        .addQueryParameter("client_id", environment("MOCKCLOUD_CLIENT_ID"))
        .addQueryParameter("device_id", DEVICE_ID)
        .addQueryParameter("response_type", "code")
        .addQueryParameter("state", "s")
        .build();
    Request asked = request(authorize, environment("MOCKCLOUD_NAVER_ACCESS_TOKEN"))
        .header("Accept", "application/json")
        .build();
    FormBody form = new FormBody.Builder()
        .add("grant_type", "authorization_code")
        .add("client_id", environment("MOCKCLOUD_CLIENT_ID"))
        .add("client_secret", environment("MOCKCLOUD_CLIENT_SECRET"))
        .add("code", member(body(asked), "code"))
        .add("device_id", DEVICE_ID)
        .build();
    return member(body(new Request.Builder().url(cloud.resolve("/token")).post(form).build()), "access_token");
  }

  /** Opens the downchannel, and waits for its first directive. It stays open until it is closed. */
  private Response listen(String token) throws IOException {
    Response response = client.newCall(request(cloud.resolve("/v1/directives"), token).build()).execute();
    BufferedSource source = response.body().source();
    Buffer seen = new Buffer();
    while (!seen.snapshot().utf8().contains("\"Hello\"")) {
      if (source.read(seen, 8192) < 0) {
        throw new IOException("the downchannel is lost: " + response.code());
      }
    }
    tell("downchannel", seen.readUtf8());
    return response;
  }

  /** The body of the answer; characters of it are bytes, since audio stands between the directives. */
  private String send(String token, String namespace, String name, String dialog, String payload) throws IOException {
    String header = "{\"namespace\":\"" + namespace + "\",\"name\":\"" + name + "\",\"messageId\":\"" + UUID.randomUUID()
        + (dialog == null ? "" : "\",\"dialogRequestId\":\"" + dialog) + "\"}";
    String metadata = "{\"context\":[" + CONTEXT + "],\"event\":{\"header\":" + header + ",\"payload\":" + payload + "}}";
    RequestBody event = new MultipartBody.Builder()
        .setType(MultipartBody.FORM)
        .addFormDataPart("metadata", null, RequestBody.create(JSON, metadata))
        .build();
    String answer = body(request(cloud.resolve("/v1/events"), token).post(event).build());
    System.out.println("event " + namespace + "." + name + " " + (answer.isEmpty() ? 204 : 200));
    return answer;
  }

  private String body(Request request) throws IOException {
    try (Response response = client.newCall(request).execute()) {
      String body = new String(response.body().bytes(), "ISO-8859-1");
      if (!response.isSuccessful()) {
        throw new IOException(request.url().encodedPath() + ": " + response.code() + " " + body);
      }
      return body;
    }
  }

  private static Request.Builder request(HttpUrl url, String token) {
    return new Request.Builder().url(url).header("Authorization", "Bearer " + token).header("User-Agent", AGENT);
  }

  private static void tell(String channel, String body) {
    for (Matcher found = DIRECTIVE.matcher(body); found.find(); ) {
      System.out.println(channel + " " + member(found.group(), "namespace") + "." + member(found.group(), "name"));
    }
  }

  private static String member(String json, String name) {
    Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
    return found.find() ? found.group(1) : null;
  }

  private static String object(String namespace, String name, String payload) {
    return "{\"header\":{\"namespace\":\"" + namespace + "\",\"name\":\"" + name + "\"},\"payload\":" + payload + "}";
  }

  private static String environment(String name) {
    String value = System.getenv(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set: start this by `mockcloud run -- java Device.java`");
    }
    return value;
  }

  private static X509TrustManager trusting(Path caFile) throws GeneralSecurityException, IOException {
    KeyStore known = KeyStore.getInstance(KeyStore.getDefaultType());
    known.load(null, null);
    try (InputStream pem = Files.newInputStream(caFile)) {
      known.setCertificateEntry("mockcloud", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(known);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }
}
