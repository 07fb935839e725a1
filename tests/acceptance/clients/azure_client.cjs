// Reads a document with the release of Azure's client in a folder, as its samples do, and prints what it got.
// usage: azure_client.cjs FOLDER read ENDPOINT FILE URL
//        azure_client.cjs FOLDER older ENDPOINT FILE URL
'use strict';

const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');

const [folder, calls, endpoint, file, url] = process.argv.slice(2);
const requireFrom = createRequire(path.join(path.resolve(folder), 'package.json'));
const { ApiKeyCredentials, RestError } = requireFrom('@azure/ms-rest-js');
const { ComputerVisionClient } = requireFrom('@azure/cognitiveservices-computervision');

const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';
const NO_PICTURE = 'This is no picture.';

const credentials = new ApiKeyCredentials({ inHeader: { 'Ocp-Apim-Subscription-Key': 'any key' } });
const client = new ComputerVisionClient(credentials, endpoint);

// Release 5 calls version 2.0, which takes no parameters.
const release = client.readInStream
  ? {
      send: (body, options) => client.readInStream(body, options),
      sendUrl: (address) => client.read(address),
      poll: (id) => client.getReadResult(id),
      badOptions: { pages: { pages: ['0'] }, language: { language: 'klingon' }, reading_order: { readingOrder: 'sideways' } },
    }
  : {
      send: (body) => client.batchReadFileInStream(body),
      sendUrl: (address) => client.batchReadFile(address),
      poll: (id) => client.getReadOperationResult(id),
      badOptions: {},
    };

async function finished(submitted, poll) {
  const id = submitted.operationLocation.split('/').pop();
  let result = await poll(id);
  while (['notstarted', 'running'].includes(result.status.toLowerCase())) {
    await pause(100);
    result = await poll(id);
  }
  return result;
}

function seen(result) {
  const pages = result.recognitionResults ?? result.analyzeResult.readResults;
  return {
    status: result.status,
    pages: pages.map((page) => ({
      page: page.page,
      unit: page.unit,
      size: [page.width, page.height],
      lines: page.lines.map((line) => line.text),
      boxes: page.lines.every((line) => line.words.every((word) => word.boundingBox.length === 8)),
    })),
  };
}

// What the client's own exception says; any other ends this program.
async function refusal(call) {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    return { status: error.statusCode, message: error.body?.message ?? error.message };
  }
  return null;
}

// Read itself.
async function read() {
  const { send, sendUrl, poll, badOptions } = release;
  const report = {
    stream: seen(await finished(await send(() => fs.createReadStream(file)), poll)),
    url: seen(await finished(await sendUrl(url), poll)),
    refused: {
      'unknown id': await refusal(() => poll(UNKNOWN_ID)),
      'bad image': await refusal(() => send(Buffer.from(NO_PICTURE))),
      'bad url': await refusal(() => sendUrl(`${url}-missing`)),
    },
  };
  for (const [name, options] of Object.entries(badOptions)) {
    report.refused[`bad ${name}`] = await refusal(() => send(Buffer.from('%PDF-'), options));
  }
  return report;
}

// The calls before Read, as far as the release has them.
async function older() {
  const printed = [
    await client.recognizePrintedTextInStream(true, () => fs.createReadStream(file)),
    await client.recognizePrintedText(true, url),
  ];
  const report = {
    printed: printed.map((result) =>
      result.regions.flatMap((region) => region.lines.map((line) => line.words.map((word) => word.text).join(' '))),
    ),
    orientation: printed[0].orientation,
    refused: {
      'bad image': await refusal(() => client.recognizePrintedTextInStream(true, Buffer.from(NO_PICTURE))),
      'bad url': await refusal(() => client.recognizePrintedText(true, `${url}-missing`)),
    },
  };
  if (client.recognizeTextInStream) {
    const poll = (id) => client.getTextOperationResult(id);
    const recognized = [
      await finished(await client.recognizeTextInStream(() => fs.createReadStream(file), 'Printed'), poll),
      await finished(await client.recognizeText('Handwritten', url), poll),
    ];
    report.recognized = recognized.map((result) => result.recognitionResult.lines.map((line) => line.text));
    report.refused['unknown id'] = await refusal(() => poll(UNKNOWN_ID));
  }
  return report;
}

async function main() {
  process.stdout.write(JSON.stringify(await { read, older }[calls]()));
}

main();
