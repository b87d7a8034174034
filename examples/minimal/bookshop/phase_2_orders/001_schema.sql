-- Who bought what. Needs: phase catalog (public.book).

create table public.customer_order (
    id bigint generated always as identity,
    customer_email text not null,
    ordered_at timestamptz not null default now(),
    constraint customer_order_pkey primary key (id)
);

comment on table public.customer_order is 'One order of one customer.';

create table public.order_line (
    order_id bigint not null,
    book_id bigint not null,
    quantity integer not null,
    price_cents integer not null,
    constraint order_line_pkey primary key (order_id, book_id),
    constraint order_line_order_id_fkey foreign key (order_id) references public.customer_order (id) on delete cascade,
    constraint order_line_book_id_fkey foreign key (book_id) references public.book (id),
    constraint order_line_quantity_check check (quantity > 0)
);

comment on table public.order_line is 'What was ordered, at the price of that day.';

create index order_line_book_id_idx on public.order_line (book_id);
