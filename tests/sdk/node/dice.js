// Dice on the public Node SDK and Express, as a developer would write it. It prints the port that it took.
// `/checked` checks signatures and application id, `/debug` leaves the verifying middleware out.
'use strict';

const { Client, Middleware, SpeechBuilder } = require('@line/clova-cek-sdk-nodejs');
const express = require('express');

const text = (said) => SpeechBuilder.createSpeechText(said);
const thrown = (count) => count * 3;

const dice = Client.configureSkill()
  .onLaunchRequest((it) => {
    it.setSpeechList([text('はい'), text('数?')]);
    it.setReprompt({ type: 'SimpleSpeech', values: text('数?') });
  })
  .onIntentRequest((it) => {
    const before = it.getSessionAttributes();
    if (it.getIntentName() === 'Clova.NoIntent') {
      it.setSimpleSpeech(text(`${before.times}回`));
      it.endSession();
      return;
    }
    const count = Number(it.getSlot('diceCount') || before.count || 1);
    it.setSpeechSet(text(`${thrown(count)}`), {
      type: 'SpeechList',
      values: [SpeechBuilder.createSpeechUrl('https://dice.test/roll.mp3'), text('次?')],
    });
    it.setSessionAttributes({ count, times: (before.times || 0) + 1 });
  })
  .onSessionEndedRequest(() => {})
  .handle();

const app = express();
app.post('/checked', Middleware({ applicationId: 'com.example.extension.dice' }), dice);
app.post('/debug', express.json(), dice);
app.use((error, request, response, next) => response.status(500).send(error.message.split(':')[0]));

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
