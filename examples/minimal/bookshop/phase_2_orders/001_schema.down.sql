-- Undoes 001_schema.sql, in reverse order.

drop table public.order_line;
drop table public.customer_order;
