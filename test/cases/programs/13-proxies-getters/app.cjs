const mobx = require('../12-orm-docs/node_modules/mobx'); const { reactive, computed, ref } = require('../12-orm-docs/node_modules/@vue/reactivity');
class Cart { items = [{ sku: 'a', n: 2 }]; coupon = null; constructor() { mobx.makeAutoObservable(this); } get count() { return this.items.reduce((s, i) => s + i.n, 0); } }
class Basket { constructor(n) { this.lines = [{ p: 3, n }]; } get total() { return this.lines.reduce((s, l) => s + l.p * l.n, 0); } sum() { return this.lines.reduce((s, l) => s + l.p * l.n, 0); } static get rate() { return 0.2; } }
const lit = (n) => ({ n, get half() { return this.n / 2; } });
const env = new Proxy({ mode: 'prod', port: 80 }, {});
function step(cart, state, r, dbl, basket, o, cfg, penv) {
  const done = true;
  return done;
}
let n = 0;
const t = setInterval(() => { step(new Cart(), reactive({ user: { name: 'vue', roles: ['a', 'b'] }, n }), ref(5), computed(() => 10), new Basket(n), lit(n), env, process.env); if (++n > 24) clearInterval(t); }, 300);
