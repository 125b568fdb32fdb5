"""The diary, as a portal sees it on behalf of a guardian.

Children, weeks and subscriptions (`reading`), what goes out when a mark changes (`announce`), and the last look at
the right before it leaves (`delivery`). A missing right looks the same from outside whatever the reason is (R-PAR-01;
DESIGN part 5, diary).
"""
