import { lauxlib, lua, lualib } from 'lua-wasm-bindings/dist/lua.51.js';

/** What a health check of Argo CD says of an object. */
export interface Health {
  readonly status: string | null;
  readonly message: string | null;
}

/**
 * Runs a health check as Argo CD does: in Lua 5.1, with the object in the global `obj`, and with no other libraries than the basic one and
 * `table`. (Argo CD has `package` and a harmless part of `os` too, which no check of ours needs.)
 */
export function runHealthScript(script: string, object: unknown): Health {
  const state = lauxlib.luaL_newstate();
  try {
    lualib.luaopen_base(state);
    lualib.luaopen_table(state);
    run(`obj = ${luaLiteral(object)}`);
    run(script);
    if (lua.lua_typename(state, lua.lua_type(state, -1)) !== 'table') throw new Error('the script returns no table');
    return { status: member('status'), message: member('message') };
  } finally {
    lua.lua_close(state);
  }

  function run(code: string): void {
    if (lauxlib.luaL_dostring(state, code) !== 0) throw new Error(lua.lua_tostring(state, -1));
  }

  function member(name: string): string | null {
    lua.lua_getfield(state, -1, name);
    const isText = lua.lua_typename(state, lua.lua_type(state, -1)) === 'string';
    const text = isText ? lua.lua_tostring(state, -1) : null;
    lua.lua_pop(state, 1);
    return text;
  }
}

/** A value of JSON as an expression of Lua. The bindings can push texts and nothing else, so objects come in as source. */
function luaLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return luaText(value);
  if (Array.isArray(value)) return `{${value.map(luaLiteral).join(',')}}`;
  const members = Object.entries(value).map(([name, member]) => `[${luaText(name)}]=${luaLiteral(member)}`);
  return `{${members.join(',')}}`;
}

/** Every byte by its number, so that no character has a meaning. */
function luaText(text: string): string {
  return `"${[...Buffer.from(text)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;
}
