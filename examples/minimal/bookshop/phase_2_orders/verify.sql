-- Behaviour, checked by `pgphase verify --deep`; everything here is rolled back.

insert into public.book (isbn, title, genre_id, price_cents, in_stock)
select 'verify-1', 'Verified', g.id, 100, 3 from public.genre g where g.slug = 'novel';

-- check: an order takes books out of stock, at the price of the day
do $$
declare
    v_order_id bigint := public.order_book('reader@example.com', 'verify-1', 2);
begin
    update public.book set price_cents = 999 where isbn = 'verify-1';
    assert (select in_stock from public.book where isbn = 'verify-1') = 1, 'stock';
    assert (select price_cents from public.order_line where order_id = v_order_id) = 100, 'price';
end $$;

-- check: what is not in stock cannot be ordered
do $$
begin
    perform public.order_book('reader@example.com', 'verify-1', 4);
    assert false, 'four of three were sold';
exception
    when check_violation then
        assert (select in_stock from public.book where isbn = 'verify-1') = 3, 'stock changed';
end $$;

-- check: a book that is not there is a clear error
do $$
begin
    perform public.order_book('reader@example.com', 'unknown', 1);
    assert false, 'sold';
exception
    when no_data_found then null;
end $$;
