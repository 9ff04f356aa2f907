require('reflect-metadata');
const mongoose = require('mongoose');
const { Sequelize, DataTypes } = require('sequelize');
const mobx = require('mobx'); const { reactive, computed, ref } = require('@vue/reactivity');
const Decimal = require('decimal.js'); const dayjs = require('dayjs'); const { DateTime } = require('luxon');
const Addr = new mongoose.Schema({ city: String, zip: String }, { _id: false });
const User = mongoose.model('User', new mongoose.Schema({ name: String, age: Number, tags: [String], addr: Addr, meta: { lang: String } }, { virtuals: { upper: { get() { return this.name.toUpperCase(); } } } }));
const sq = new Sequelize({ dialect: 'sqlite', logging: false, dialectModule: { Database: class {} } });
const Order = sq.define('Order', { ref: DataTypes.STRING, total: DataTypes.DECIMAL(10, 2), paid: DataTypes.BOOLEAN });
class Cart { items = [{ sku: 'a', n: 2 }]; coupon = null; constructor() { mobx.makeAutoObservable(this); } get count() { return this.items.reduce((s, i) => s + i.n, 0); } }
const cart = new Cart();
const state = reactive({ user: { name: 'vue', roles: ['a', 'b'] }, n: 1 }); const r = ref(5); const dbl = computed(() => r.value * 2);
class Money { #cents; constructor(c) { this.#cents = c; } get euros() { return this.#cents / 100; } toString() { return `${this.euros} EUR`; } toJSON() { return { cents: this.#cents }; } }
function serve(user, order) {
  const price = new Money(1999), dec = new Decimal('10.25'), day = dayjs('2024-02-03T04:05:06Z'), lux = DateTime.fromISO('2024-02-03T04:05:06Z');
  const lean = { _id: user._id, when: new Date(0) };
  return [user, order, price, dec, day, lux, lean];
}
(async () => {
  let n = 0;
  const t = setInterval(() => {
    const u = new User({ name: 'ann', age: 30 + n, tags: ['x', 'y'], addr: { city: 'Linz', zip: '4020' }, meta: { lang: 'de' } });
    serve(u, Order.build({ ref: 'R-' + n, total: '12.50', paid: false }));
    if (++n > 600) clearInterval(t);
  }, 100);
})();
