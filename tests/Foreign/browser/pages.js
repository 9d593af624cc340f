'use strict';

// Serves the page from which the browser calls. Whose page it is says the host it was asked for: 127.0.0.1 and localhost are two origins.
const fs = require('fs');
const http = require('http');
const path = require('path');

const files = {
  '/': ['text/html; charset=utf-8', path.join(__dirname, 'page.html')],
  '/page.js': ['text/javascript; charset=utf-8', path.join(__dirname, 'page.js')],
  '/grpc-web.js': ['text/javascript; charset=utf-8', path.join(path.dirname(require.resolve('grpc-web')), 'index.esm.js')],
};

const server = http.createServer((request, response) => {
  const file = files[request.url];
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': file[0] });
  fs.createReadStream(file[1]).pipe(response);
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening pages 127.0.0.1:${server.address().port}`);
  console.log('ready');
});

// Whoever started us holds our input open for as long as it lives.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
