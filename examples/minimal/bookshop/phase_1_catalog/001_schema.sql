-- What can be bought. Needs nothing.

create table public.genre (
    id bigint generated always as identity,
    slug text not null,
    name text not null,
    constraint genre_pkey primary key (id),
    constraint genre_slug_key unique (slug)
);

comment on table public.genre is 'Shelves of the shop.';

create table public.book (
    id bigint generated always as identity,
    isbn text not null,
    title text not null,
    genre_id bigint not null,
    price_cents integer not null,
    in_stock integer not null default 0,
    constraint book_pkey primary key (id),
    constraint book_isbn_key unique (isbn),
    constraint book_genre_id_fkey foreign key (genre_id) references public.genre (id),
    constraint book_price_cents_check check (price_cents >= 0),
    constraint book_in_stock_check check (in_stock >= 0)
);

comment on table public.book is 'Titles, with price and copies in stock.';

create index book_genre_id_idx on public.book (genre_id);
