import { Body, Controller, Delete, Get, HttpCode, Param, ParseIntPipe, Post, UseInterceptors } from '@nestjs/common';
import { NewOrder } from './new-order.dto';
import { type Order, OrdersService } from './orders.service';
import { WrapInterceptor } from './wrap.interceptor';

@Controller('orders')
@UseInterceptors(WrapInterceptor)
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Post()
  place(@Body() order: NewOrder): Order {
    const placed = this.orders.place(order);
    return placed;
  }

  @Get(':id')
  async find(@Param('id', ParseIntPipe) id: number): Promise<Order> {
    return this.orders.find(id);
  }

  @Delete()
  @HttpCode(204)
  clear(): void {
    this.orders.clear();
  }
}
