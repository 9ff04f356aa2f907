export class NewOrder {
  readonly customer!: string;
  readonly items!: readonly { readonly price: number; readonly quantity: number }[];
}
