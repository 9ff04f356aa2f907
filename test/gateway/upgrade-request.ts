import { GATEWAY_PATH, GATEWAY_SUBPROTOCOL } from '../../src/protocol/gateway-messages.ts';

/** The bytes with which a dial begins. */
export function upgradeRequest(token: string): string {
  const lines = [
    `GET ${GATEWAY_PATH} HTTP/1.1`,
    'Host: gateway',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    `Sec-WebSocket-Protocol: ${GATEWAY_SUBPROTOCOL}`,
    `Authorization: Bearer ${token}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
