/* A CLOVA device on libcurl: logs in, keeps a downchannel, types a question, tells what it is answered, and reports
 * that it has said it. JSON is searched for the members that are needed; a device would use a parser.
 *
 *     make && mockcloud run --scenario ../weather.yaml -- ./device "오늘 날씨 어때"
 */
#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE_ID "7f3c4c1e-0b5e-4c61-9d2f-6a5f3e0c9b11"
#define AGENT "Example/C/1.0.0 (Linux;PC)"

static const char CONTEXT[] =
    "[{\"header\":{\"namespace\":\"Alerts\",\"name\":\"AlertsState\"},\"payload\":{\"allAlerts\":[],\"activeAlerts\":[]}},"
    "{\"header\":{\"namespace\":\"AudioPlayer\",\"name\":\"PlaybackState\"},"
    "\"payload\":{\"playerActivity\":\"IDLE\",\"repeatMode\":\"NONE\"}},"
    "{\"header\":{\"namespace\":\"Device\",\"name\":\"DeviceState\"},\"payload\":{}},"
    "{\"header\":{\"namespace\":\"Device\",\"name\":\"Display\"},\"payload\":{\"size\":\"none\"}},"
    "{\"header\":{\"namespace\":\"Speaker\",\"name\":\"VolumeState\"},\"payload\":{\"volume\":5,\"muted\":false}}]";

/* Everything goes over one connection: an event is refused on one that has no downchannel. One multi handle with
 * multiplexing sees to that. */
static CURLM *multi;

static void fail(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    exit(1);
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL)
        fail("%s is not set: start this by `mockcloud run -- ./device`", name);
    return value;
}

/* Text on the heap, as by sprintf. */
static char *text(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int length = vsnprintf(NULL, 0, format, values);
    va_end(values);
    char *made = malloc((size_t)length + 1);
    if (made == NULL)
        fail("out of memory");
    va_start(values, format);
    vsnprintf(made, (size_t)length + 1, format, values);
    va_end(values);
    return made;
}

/* What a response has brought so far. There is always a zero behind it. */
struct body {
    char *bytes;
    size_t length;
};

static size_t receive(char *bytes, size_t size, size_t count, void *into)
{
    struct body *body = into;
    char *grown = realloc(body->bytes, body->length + size * count + 1);
    if (grown == NULL)
        return 0;
    body->bytes = grown;
    memcpy(body->bytes + body->length, bytes, size * count);
    body->length += size * count;
    body->bytes[body->length] = '\0';
    return size * count;
}

/* The string member of this name after `from`, on the heap; NULL if there is none. */
static char *member(const char *from, const char *name)
{
    char *key = text("\"%s\":\"", name);
    const char *value = from == NULL ? NULL : strstr(from, key);
    if (value != NULL)
        value += strlen(key);
    free(key);
    return value == NULL ? NULL : text("%.*s", (int)strcspn(value, "\""), value);
}

/* Names the directives in a multipart body. Audio stands between them, so the search goes past zeros. */
static void tell(const char *channel, const struct body *body)
{
    static const char START[] = "{\"directive\":";
    for (size_t at = 0; at + sizeof START <= body->length; at++) {
        if (memcmp(body->bytes + at, START, sizeof START - 1) != 0)
            continue;
        char *namespace = member(body->bytes + at, "namespace"), *name = member(body->bytes + at, "name");
        printf("%s %s.%s\n", channel, namespace, name);
        free(namespace);
        free(name);
    }
}

static struct curl_slist *authorization(const char *token, const char *more)
{
    char *field = text("Authorization: Bearer %s", token);
    struct curl_slist *headers = curl_slist_append(NULL, field);
    free(field);
    return more == NULL ? headers : curl_slist_append(headers, more);
}

static CURL *request(const char *path, struct curl_slist *headers, struct body *body)
{
    CURL *easy = curl_easy_init();
    char *url = text("%s%s", environment("MOCKCLOUD_DEVICE_URL"), path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    free(url);
    curl_easy_setopt(easy, CURLOPT_CAINFO, environment("MOCKCLOUD_CA_FILE"));
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, AGENT);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
    return easy;
}

/* One round of all transfers; the one that has ended in it, with its result, or NULL. */
static CURL *step(CURLcode *result)
{
    int running, queued;
    CURLMcode code = curl_multi_perform(multi, &running);
    if (code == CURLM_OK)
        code = curl_multi_poll(multi, NULL, 0, 100, NULL);
    if (code != CURLM_OK)
        fail("%s", curl_multi_strerror(code));
    CURLMsg *message = curl_multi_info_read(multi, &queued);
    if (message == NULL || message->msg != CURLMSG_DONE)
        return NULL;
    *result = message->data.result;
    return message->easy_handle;
}

/* Carries out a request, and frees it with its headers. The status. */
static long perform(CURL *easy, struct curl_slist *headers)
{
    CURLcode result = CURLE_OK;
    CURL *ended;
    long status = 0;
    curl_multi_add_handle(multi, easy);
    while ((ended = step(&result)) != easy)
        if (ended != NULL)
            fail("the downchannel is lost: %s", curl_easy_strerror(result));
    if (result != CURLE_OK)
        fail("%s", curl_easy_strerror(result));
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    return status;
}

static char *log_in(void)
{
    struct body body = {0};
    char *path = text("/authorize?client_id=%s&device_id=%s&response_type=code&state=s",
                      environment("MOCKCLOUD_CLIENT_ID"), DEVICE_ID);
    struct curl_slist *headers = authorization(environment("MOCKCLOUD_NAVER_ACCESS_TOKEN"), "Accept: application/json");
    perform(request(path, headers, &body), headers);
    free(path);
    char *code = member(body.bytes, "code");
    if (code == NULL)
        fail("/authorize: %s", body.bytes);
    free(body.bytes);

    body = (struct body){0};
    char *form = text("grant_type=authorization_code&client_id=%s&client_secret=%s&code=%s&device_id=%s",
                      environment("MOCKCLOUD_CLIENT_ID"), environment("MOCKCLOUD_CLIENT_SECRET"), code, DEVICE_ID);
    CURL *easy = request("/token", NULL, &body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form);
    perform(easy, NULL);
    free(code);
    free(form);
    char *token = member(body.bytes, "access_token");
    if (token == NULL)
        fail("/token: %s", body.bytes);
    free(body.bytes);
    return token;
}

/* Sends an event. The answer's body is the caller's to free. */
static struct body send_event(const char *access_token, const char *namespace, const char *name, const char *dialog,
                              const char *payload)
{
    static int sent;
    struct body answer = {0};
    char *metadata = text("{\"context\":%s,\"event\":{\"header\":{\"namespace\":\"%s\",\"name\":\"%s\","
                          "\"messageId\":\"8a7a2c3e-5a0e-4d0c-9c58-%012d\"%s},\"payload\":%s}}",
                          CONTEXT, namespace, name, ++sent, dialog, payload);
    struct curl_slist *headers = authorization(access_token, NULL);
    CURL *easy = request("/v1/events", headers, &answer);
    curl_mime *form = curl_mime_init(easy);
    curl_mimepart *part = curl_mime_addpart(form);
    curl_mime_name(part, "metadata");
    curl_mime_type(part, "application/json; charset=UTF-8");
    curl_mime_data(part, metadata, CURL_ZERO_TERMINATED);
    curl_easy_setopt(easy, CURLOPT_MIMEPOST, form);
    long status = perform(easy, headers);
    curl_mime_free(form);
    free(metadata);
    printf("event %s.%s %ld\n", namespace, name, status);
    if (status != 200 && status != 204)
        fail("%s", answer.bytes);
    return answer;
}

int main(int count, char **words)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    char *access_token = log_in();

    struct body pushed = {0};
    struct curl_slist *headers = authorization(access_token, NULL);
    CURL *downchannel = request("/v1/directives", headers, &pushed), *ended;
    CURLcode result = CURLE_OK;
    curl_multi_add_handle(multi, downchannel);
    while (pushed.bytes == NULL || strstr(pushed.bytes, "\"Hello\"") == NULL)
        if ((ended = step(&result)) != NULL)
            fail("no downchannel: %s", curl_easy_strerror(result));
    tell("downchannel", &pushed);

    char *payload = text("{\"text\":\"%s\"}", count > 1 ? words[1] : "안녕");
    struct body answer = send_event(access_token, "TextRecognizer", "Recognize",
                                    ",\"dialogRequestId\":\"3c3ba5ba-0b1e-4b0f-8f2f-5f0d6a1c7e01\"", payload);
    free(payload);
    tell("response", &answer);
    char *token = member(answer.bytes, "token");
    if (token != NULL) {
        payload = text("{\"token\":\"%s\"}", token);
        free(send_event(access_token, "SpeechSynthesizer", "SpeechStarted", "", payload).bytes);
        free(send_event(access_token, "SpeechSynthesizer", "SpeechFinished", "", payload).bytes);
        free(payload);
    }

    curl_multi_remove_handle(multi, downchannel);
    curl_easy_cleanup(downchannel);
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    free(token);
    free(answer.bytes);
    free(pushed.bytes);
    free(access_token);
    curl_global_cleanup();
    return 0;
}
