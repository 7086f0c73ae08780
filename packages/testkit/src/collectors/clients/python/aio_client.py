"""aiodogstatsd: DogStatsD from asyncio."""
import asyncio
import sys
import aiodogstatsd


async def main():
    async with aiodogstatsd.Client(host="127.0.0.1", port=int(sys.argv[1]), namespace="shop", constant_tags={"env": "test"}) as client:
        client.increment("orders", value=3, tags={"plan": "free"})
        client.gauge("balance", value=-3)
        client.timing("resize", value=12.5)
        client.histogram("size", value=7)
        client.distribution("weight", value=9)


asyncio.run(main())
