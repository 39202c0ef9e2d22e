exports.handler = async () => ({ paid: true });
