-- Functions of this phase. A repeatable: edit it, run `pgphase migrate up`, and it is applied again.

create or replace function public.order_book(p_customer_email text, p_isbn text, p_quantity integer)
returns bigint
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_book record;
    v_order_id bigint;
begin
    -- The lock makes a second order of the same book wait, so that stock is never sold twice.
    select b.id, b.price_cents, b.in_stock into v_book
    from public.book b
    where b.isbn = p_isbn
    for update;
    if not found then
        raise exception 'no book with ISBN %', p_isbn using errcode = 'no_data_found';
    end if;
    if v_book.in_stock < p_quantity then
        raise exception 'only % in stock', v_book.in_stock using errcode = 'check_violation';
    end if;

    update public.book set in_stock = in_stock - p_quantity where id = v_book.id;
    insert into public.customer_order (customer_email) values (p_customer_email) returning id into v_order_id;
    insert into public.order_line (order_id, book_id, quantity, price_cents)
    values (v_order_id, v_book.id, p_quantity, v_book.price_cents);
    return v_order_id;
end
$$;

comment on function public.order_book(text, text, integer) is 'Orders a book, takes it out of stock, returns the order''s id.';
