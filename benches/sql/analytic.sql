with sold as (
  select o.id,
         o.customer_id,
         o.region_id,
         date_trunc('month', o.placed_at) as month,
         sum(l.quantity * l.price) as amount,
         count(*) as lines
  from shop.orders o
  join shop.order_lines l on l.order_id = o.id
  where o.placed_at >= date '2025-01-01'
    and o.placed_at < date '2026-01-01'
    and o.status in ('paid', 'shipped', 'closed')
    and not exists (
      select 1 from shop.refunds r
      where r.order_id = o.id and r.accepted
    )
  group by o.id, o.customer_id, o.region_id, date_trunc('month', o.placed_at)
),
monthly as (
  select month,
         region_id,
         customer_id,
         sum(amount) as amount,
         sum(lines) as lines,
         count(distinct id) as orders
  from sold
  group by month, region_id, customer_id
),
ranked as (
  select m.*,
         rank() over (partition by month, region_id order by amount desc) as place,
         sum(amount) over (partition by customer_id order by month) as so_far,
         lag(amount, 1, 0) over (partition by customer_id order by month) as before
  from monthly m
),
regions as (
  select r.id, r.name, coalesce(c.name, 'unknown') as country
  from shop.regions r
  left join shop.countries c on c.id = r.country_id
)
select to_char(k.month, 'YYYY-MM') as month,
       g.country,
       g.name as region,
       c.name as customer,
       round(k.amount, 2) as amount,
       k.orders,
       k.lines,
       round(k.amount / nullif(k.orders, 0), 2) as per_order,
       round(100 * (k.amount - k.before) / nullif(k.before, 0), 1) as growth,
       k.so_far,
       case
         when k.place = 1 then 'first'
         when k.place <= 10 then 'top ten'
         else 'other'
       end as class
from ranked k
join regions g on g.id = k.region_id
join shop.customers c on c.id = k.customer_id
where k.place <= 25
  and (k.amount > 1000 or k.orders > 5)
order by k.month, g.country, g.name, k.place
limit 500
