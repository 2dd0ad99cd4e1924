#!/bin/sh
# A CLOVA device by curl: logs in, opens a downchannel, types a question, shows what it is answered, and reports that it
# has said it. It is not a program to build on, but shows every byte of the protocol.
#
#     mockcloud run --scenario ../weather.yaml -- ./device.sh "오늘 날씨 어때"
set -eu
cloud=${MOCKCLOUD_DEVICE_URL:?start this by: mockcloud run -- ./device.sh}
device=7f3c4c1e-0b5e-4c61-9d2f-6a5f3e0c9b11
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

request() { curl -sS --http2 --cacert "$MOCKCLOUD_CA_FILE" -A 'Example/Curl/1.0.0 (Linux;PC)' "$@"; }
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
uuid() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n' | sed 's/\(.\{8\}\)\(....\).\(...\).\(...\)\(.*\)/\1-\2-4\3-a\4-\5/'; }

code=$(request -G "$cloud/authorize" -H "Authorization: Bearer $MOCKCLOUD_NAVER_ACCESS_TOKEN" -H 'Accept: application/json' \
  -d "client_id=$MOCKCLOUD_CLIENT_ID" -d "device_id=$device" -d response_type=code -d state=s | member code)
token=$(request "$cloud/token" -d grant_type=authorization_code -d "client_id=$MOCKCLOUD_CLIENT_ID" \
  -d "client_secret=$MOCKCLOUD_CLIENT_SECRET" -d "code=$code" -d "device_id=$device" | member access_token)

# An event is refused on a connection that has no downchannel, so both are one command: --parallel shares the connection.
# The downchannel has no end of its own: a second is long enough to be answered, and to be told what is pushed meanwhile.
send() { # NAMESPACE NAME HEADER PAYLOAD
  event=$(cat <<EVENT
{"context":[
  {"header":{"namespace":"Alerts","name":"AlertsState"},"payload":{"allAlerts":[],"activeAlerts":[]}},
  {"header":{"namespace":"AudioPlayer","name":"PlaybackState"},"payload":{"playerActivity":"IDLE","repeatMode":"NONE"}},
  {"header":{"namespace":"Device","name":"DeviceState"},"payload":{}},
  {"header":{"namespace":"Device","name":"Display"},"payload":{"size":"none"}},
  {"header":{"namespace":"Speaker","name":"VolumeState"},"payload":{"volume":5,"muted":false}}
],"event":{"header":{"namespace":"$1","name":"$2","messageId":"$(uuid)"$3},"payload":$4}}
EVENT
)
  printf %s "$event" > "$folder/event.json" # a line feed at its end would be one too many before the delimiter
  request --parallel --no-buffer --max-time 1 -H "Authorization: Bearer $token" "$cloud/v1/directives" -o "$folder/downchannel" \
    --next -sS --http2 --cacert "$MOCKCLOUD_CA_FILE" -A 'Example/Curl/1.0.0 (Linux;PC)' --max-time 5 \
    -H "Authorization: Bearer $token" -F "metadata=<$folder/event.json;type=application/json" "$cloud/v1/events" \
    -o "$folder/response" -w "event $1.$2 %{http_code}\n" 2> "$folder/errors" || [ $? -eq 28 ] || { cat "$folder/errors" >&2; exit 1; }
}
tell() { grep -a -o '"namespace":"[^"]*","name":"[^"]*"' "$folder/$1" | sed "s/\"namespace\":\"\(.*\)\",\"name\":\"\(.*\)\"/$1 \1.\2/"; }

send TextRecognizer Recognize ",\"dialogRequestId\":\"$(uuid)\"" "{\"text\":\"${1:-안녕}\"}"
tell downchannel
tell response
speech=$(grep -a '"Speak"' "$folder/response" | member token)
if [ -n "$speech" ]; then
  send SpeechSynthesizer SpeechStarted '' "{\"token\":\"$speech\"}"
  send SpeechSynthesizer SpeechFinished '' "{\"token\":\"$speech\"}"
fi
